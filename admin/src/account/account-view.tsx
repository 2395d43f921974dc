import { useMutation } from '@urql/preact';
import { useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import { useHistoryState } from 'wouter-preact/use-browser-location';
import { session } from '../api/session.js';
import { useSession } from '../api/use-session.js';
import { ChangePasswordDocument } from '../generated/operations.js';
import { Field, Form, NewPasswordFields } from '../ui/form.js';
import { Notice } from '../ui/notice.js';
import { Page } from '../ui/page.js';

export function AccountView() {
  const user = useSession()?.user;
  const [{ fetching, error }, changePassword] = useMutation(ChangePasswordDocument);
  const [mismatch, setMismatch] = useState(false);
  const [, navigate] = useLocation();
  const changed = useHistoryState<{ passwordChanged?: true } | null>()?.passwordChanged;
  const submit = async (value: (name: string) => string) => {
    const differs = value('password') !== value('confirmation');
    setMismatch(differs);
    if (differs) return;
    const { data } = await changePassword({
      currentPassword: value('currentPassword'),
      newPassword: value('password'),
    });
    if (!data) return;
    // The new password starts a new session, which mounts this view anew.
    navigate('/account', { replace: true, state: { passwordChanged: true } });
    session.start(data.changePassword);
  };
  return (
    <Page title="Account" lead={user ? `${user.email}, ${user.role === 'OWNER' ? 'owner' : 'viewer'}` : null}>
      <section className="card body stack narrow" aria-labelledby="password-heading">
        <h2 id="password-heading">Change password</h2>
        {changed && (
          <Notice tone="good" title="Password changed">
            All your other sessions were signed out.
          </Notice>
        )}
        <Form action="Change password" busy={fetching} error={error} onSubmit={submit}>
          <input type="email" name="email" autoComplete="username" value={user?.email ?? ''} readOnly hidden />
          <Field
            label="Current password"
            name="currentPassword"
            type="password"
            autoComplete="current-password"
            required
          />
          <NewPasswordFields label="New password" mismatch={mismatch} />
        </Form>
      </section>
    </Page>
  );
}
