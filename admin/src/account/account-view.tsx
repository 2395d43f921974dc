import { useState } from 'react';
import { useMutation } from 'urql';
import { problemOf } from '../api/problems.js';
import { session } from '../api/session.js';
import { useSession } from '../api/use-session.js';
import { ChangePasswordDocument } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { Field } from '../ui/field.js';
import { handled, text } from '../ui/forms.js';
import { Notice, ProblemNotice } from '../ui/notice.js';
import { Page } from '../ui/page.js';

let justChanged = false;

/** One's own account: the password. */
export function AccountView() {
  const user = useSession()?.user;
  const [{ fetching, error }, change] = useMutation(ChangePasswordDocument);
  const [differ, setDiffer] = useState(false);
  // A new password begins a new session, and so this view anew.
  const [changed] = useState(justChanged);
  justChanged = false;
  const problem = error && problemOf(error);
  const submit = async (form: FormData) => {
    const newPassword = text(form, 'newPassword');
    setDiffer(newPassword !== text(form, 'again'));
    if (newPassword !== text(form, 'again')) return;
    const { data } = await change({ currentPassword: text(form, 'currentPassword'), newPassword });
    if (!data) return;
    justChanged = true;
    session.start(data.changePassword);
  };
  return (
    <Page title="Your account" lead={user ? `${user.email}, ${user.role === 'OWNER' ? 'owner' : 'viewer'}` : null}>
      <section className="card body stack narrow" aria-labelledby="password-heading">
        <h2 id="password-heading">Change the password</h2>
        {changed && (
          <Notice tone="good" title="The password is changed">
            You are signed out everywhere else.
          </Notice>
        )}
        <form className="stack" onSubmit={handled(submit)}>
          <input type="email" name="email" autoComplete="username" value={user?.email ?? ''} readOnly hidden />
          <Field
            label="Present password"
            name="currentPassword"
            type="password"
            autoComplete="current-password"
            required
          />
          <Field
            label="New password"
            name="newPassword"
            type="password"
            autoComplete="new-password"
            minLength={12}
            required
            hint="12 characters or more."
          />
          <Field
            label="New password again"
            name="again"
            type="password"
            autoComplete="new-password"
            required
            wrong={differ ? 'The two passwords differ.' : null}
          />
          {problem && <ProblemNotice code={problem.code} message={problem.message} />}
          <div>
            <Button type="submit" look="primary" busy={fetching}>
              Change the password
            </Button>
          </div>
        </form>
      </section>
    </Page>
  );
}
