import { useMutation } from '@urql/preact';
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import { session } from '../api/session.js';
import { LoginDocument, RegisterDocument } from '../generated/operations.js';
import { Brand } from '../shell/shell.js';
import { Field, Form, NewPasswordFields } from '../ui/form.js';

interface FirstRun {
  readonly ownerExists: boolean;
  readonly setupCodeNeeded: boolean;
}

/** Signs in, or creates the owner of a fresh server. */
export function SignIn() {
  const firstRun = useFirstRun();
  if (firstRun === null) return null;
  return (
    <main className="sign-in">
      <div className="brand">
        <Brand />
      </div>
      {firstRun.ownerExists ? <Login /> : <CreateOwner setupCodeNeeded={firstRun.setupCodeNeeded} />}
    </main>
  );
}

/** Null while loading. A server that doesn't answer is taken to have an owner. */
function useFirstRun(): FirstRun | null {
  const [firstRun, setFirstRun] = useState<FirstRun | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    const unknown = () => !abort.signal.aborted && setFirstRun({ ownerExists: true, setupCodeNeeded: false });
    fetch('/admin/first-run.json', { signal: abort.signal })
      .then(async (response) => (response.ok ? setFirstRun((await response.json()) as FirstRun) : unknown()))
      .catch(unknown);
    return () => abort.abort();
  }, []);
  return firstRun;
}

function Login() {
  const [{ fetching, error }, login] = useMutation(LoginDocument);
  const submit = async (value: (name: string) => string) => {
    const { data } = await login({ email: value('email'), password: value('password') });
    if (data) session.start(data.login);
  };
  return (
    <div className="card body stack">
      <h1>Sign in</h1>
      <Form action="Sign in" busy={fetching} error={error} onSubmit={submit}>
        <Field label="E-mail" name="email" type="email" autoComplete="username" required autoFocus />
        <Field label="Password" name="password" type="password" autoComplete="current-password" required />
      </Form>
      <p className="small muted">No account? Ask an owner to add you under Users.</p>
    </div>
  );
}

function CreateOwner({ setupCodeNeeded }: { readonly setupCodeNeeded: boolean }) {
  const [{ fetching, error }, register] = useMutation(RegisterDocument);
  const [mismatch, setMismatch] = useState(false);
  const [, navigate] = useLocation();
  const submit = async (value: (name: string) => string) => {
    const password = value('password');
    setMismatch(password !== value('confirmation'));
    if (password !== value('confirmation')) return;
    const { data } = await register({ email: value('email'), password, setupCode: value('setupCode') || null });
    if (!data) return;
    navigate('/setup');
    session.start(data.register);
  };
  return (
    <div className="card body stack">
      <div className="page-title">
        <h1>Welcome</h1>
        <p className="muted">Create the owner account of this server. Next, connect your Amazon account.</p>
      </div>
      <Form action="Create owner account" busy={fetching} error={error} onSubmit={submit}>
        {setupCodeNeeded && (
          <Field
            label="Setup code"
            name="setupCode"
            autoComplete="off"
            spellcheck={false}
            required
            autoFocus
            hint="Printed in the server’s log. It proves that you operate this server."
          />
        )}
        <Field label="E-mail" name="email" type="email" autoComplete="username" required autoFocus={!setupCodeNeeded} />
        <NewPasswordFields label="Password" mismatch={mismatch} />
      </Form>
    </div>
  );
}
