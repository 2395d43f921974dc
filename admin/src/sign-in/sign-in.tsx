import { useState } from 'react';
import { useMutation } from 'urql';
import { problemOf } from '../api/problems.js';
import { session } from '../api/session.js';
import { LoginDocument, RegisterDocument } from '../generated/operations.js';
import { Brand } from '../shell/brand.js';
import { Button } from '../ui/button.js';
import { Field } from '../ui/field.js';
import { handled, text } from '../ui/forms.js';
import { Notice } from '../ui/notice.js';
import { useFirstRun } from './first-run.js';

/** For who is not signed in: signs in, or makes the first owner of a fresh server. */
export function SignIn() {
  const firstRun = useFirstRun();
  if (firstRun === null) return null;
  return (
    <main className="alone">
      <div className="brand">
        <Brand />
      </div>
      {firstRun !== 'unknown' && !firstRun.ownerExists ? (
        <CreateOwner setupCodeNeeded={firstRun.setupCodeNeeded} />
      ) : (
        <Login />
      )}
    </main>
  );
}

function Login() {
  const [{ fetching, error }, login] = useMutation(LoginDocument);
  const submit = async (form: FormData) => {
    const { data } = await login({ email: text(form, 'email'), password: text(form, 'password') });
    if (data) session.start(data.login);
  };
  return (
    <div className="card body stack">
      <h1>Sign in</h1>
      <form className="stack" onSubmit={handled(submit)}>
        <Field label="E-mail" name="email" type="email" autoComplete="username" required autoFocus />
        <Field label="Password" name="password" type="password" autoComplete="current-password" required />
        {error && <Notice tone="bad">{problemOf(error).message}</Notice>}
        <Button type="submit" look="primary" busy={fetching}>
          Sign in
        </Button>
      </form>
      <p className="small muted">No account? An owner makes one for you under People.</p>
    </div>
  );
}

function CreateOwner({ setupCodeNeeded }: { readonly setupCodeNeeded: boolean }) {
  const [{ fetching, error }, register] = useMutation(RegisterDocument);
  const [differ, setDiffer] = useState(false);
  const submit = async (form: FormData) => {
    const password = text(form, 'password');
    setDiffer(password !== text(form, 'again'));
    if (password !== text(form, 'again')) return;
    const { data } = await register({
      email: text(form, 'email'),
      password,
      setupCode: text(form, 'setupCode') || null,
    });
    if (data) session.start(data.register);
  };
  return (
    <div className="card body stack">
      <div className="page-title">
        <h1>Welcome</h1>
        <p className="muted">
          Make the owner’s account. It lives on this server only, and connects your Amazon account next.
        </p>
      </div>
      <form className="stack" onSubmit={handled(submit)}>
        {setupCodeNeeded && (
          <Field
            label="Setup code"
            name="setupCode"
            autoComplete="off"
            spellCheck={false}
            required
            autoFocus
            hint="It stands in the server’s log, so that nobody else becomes the owner of your server."
          />
        )}
        <Field label="E-mail" name="email" type="email" autoComplete="username" required autoFocus={!setupCodeNeeded} />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={12}
          required
          hint="12 characters or more."
        />
        <Field
          label="Password again"
          name="again"
          type="password"
          autoComplete="new-password"
          required
          wrong={differ ? 'The two passwords differ.' : null}
        />
        {error && <Notice tone="bad">{problemOf(error).message}</Notice>}
        <Button type="submit" look="primary" busy={fetching}>
          Create the owner
        </Button>
      </form>
    </div>
  );
}
