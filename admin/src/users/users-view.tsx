import { useMutation, useQuery } from '@urql/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useIsOwner, useSession } from '../api/use-session.js';
import { endOf } from '../api-keys/api-key.js';
import {
  ApiKeysDocument,
  CreateUserDocument,
  RemoveUserDocument,
  SetUserRoleDocument,
  UsersDocument,
  type UsersQuery,
} from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { ConfirmDialog, Dialog } from '../ui/dialog.js';
import { Check, Field, Form } from '../ui/form.js';
import { RequestError } from '../ui/notice.js';
import { Page } from '../ui/page.js';
import { Table } from '../ui/table.js';
import { Time } from '../ui/time.js';
import { AuditLog } from './audit-log.js';

type User = UsersQuery['users'][number];

export function UsersView() {
  const owner = useIsOwner();
  if (owner) return <Users />;
  return (
    <Page title="Users">
      <p>Only owners can manage users.</p>
    </Page>
  );
}

const COLUMNS = [
  'E-mail',
  'Role',
  'Added',
  <th key="actions" scope="col">
    <span className="visually-hidden">Actions</span>
  </th>,
];

function Users() {
  const [{ data, error }, execute] = useQuery({ query: UsersDocument });
  const [adding, setAdding] = useState(false);
  const [changes, setChanges] = useState(0);
  const table = useRef<HTMLElement>(null);
  const total = data?.users.length;
  const previousTotal = useRef(total);
  // The dialog that removes a user restores the focus to a button that is gone.
  useEffect(() => {
    if (total && previousTotal.current && total < previousTotal.current && document.activeElement === document.body)
      table.current?.focus();
    previousTotal.current = total;
  }, [total]);
  const refresh = () => {
    execute({ requestPolicy: 'network-only' });
    setChanges(changes + 1);
  };
  return (
    <Page
      title="Users"
      lead="Who can sign in, and what they did."
      actions={
        <Button look="primary" onClick={() => setAdding(true)}>
          Add user
        </Button>
      }
    >
      <RequestError error={error} />
      <Table ref={table} label="Users" className="responsive middle" columns={COLUMNS}>
        <tbody>
          {data?.users.map((user) => (
            <UserRow key={user.id} user={user} onChange={refresh} />
          ))}
        </tbody>
      </Table>
      {(data || error) && <AuditLog version={changes} />}
      {adding && <AddUser onClose={() => setAdding(false)} onAdded={refresh} />}
    </Page>
  );
}

function UserRow({ user, onChange }: { readonly user: User; readonly onChange: () => void }) {
  const self = useSession()?.user.id === user.id;
  const [{ error, fetching }, setRole] = useMutation(SetUserRoleDocument);
  const [removal, remove] = useMutation(RemoveUserDocument);
  const [removing, setRemoving] = useState(false);
  const changeRole = async (role: User['role']) => {
    await setRole({ userId: user.id, role });
    onChange();
  };
  const confirmRemoval = async () => {
    const { data } = await remove({ userId: user.id });
    if (!data) return;
    setRemoving(false);
    onChange();
  };
  return (
    <tr>
      <td>
        {user.email} {self && <span className="muted">(you)</span>}
        <RequestError error={error} />
      </td>
      <td>
        {self ? (
          <span>{user.role === 'OWNER' ? 'Owner' : 'Viewer'}</span>
        ) : (
          <select
            className="input select"
            aria-label={`Role of ${user.email}`}
            aria-busy={fetching}
            value={user.role}
            onChange={({ currentTarget }) => void changeRole(currentTarget.value as User['role'])}
          >
            <option value="OWNER">Owner</option>
            <option value="VIEWER">Viewer</option>
          </select>
        )}
      </td>
      <td className="numbers nowrap">
        <Time at={user.createdAt} />
      </td>
      <td className="amount last">
        {!self && (
          <Button look="danger" aria-label={`Remove ${user.email}`} onClick={() => setRemoving(true)}>
            Remove
          </Button>
        )}
        {removing && (
          <ConfirmDialog
            title={`Remove ${user.email}?`}
            action="Remove user"
            busy={removal.fetching}
            error={removal.error}
            onConfirm={confirmRemoval}
            onClose={() => setRemoving(false)}
          >
            The user is signed out everywhere immediately. Their actions stay in the audit log without their name.
            <KeysOf userId={user.id} />
          </ConfirmDialog>
        )}
      </td>
    </tr>
  );
}

/** Names the valid API keys that a user created: they outlive the user. */
function KeysOf({ userId }: { readonly userId: string }) {
  const [{ data }] = useQuery({ query: ApiKeysDocument, requestPolicy: 'network-only' });
  const keys = data?.apiKeys.filter((key) => key.createdBy?.id === userId && endOf(key) === null) ?? [];
  if (keys.length === 0) return null;
  return (
    <>
      {' '}
      API keys that they created stay valid: {keys.map(({ name, prefix }) => `${name} (${prefix}…)`).join(', ')}. Revoke
      those that they know.
    </>
  );
}

function AddUser({ onClose, onAdded }: { readonly onClose: () => void; readonly onAdded: () => void }) {
  const [{ fetching, error }, createUser] = useMutation(CreateUserDocument);
  const submit = async (value: (name: string) => string) => {
    const role = value('role') === 'OWNER' ? 'OWNER' : 'VIEWER';
    const { data } = await createUser({ email: value('email'), password: value('password'), role });
    if (!data) return;
    onClose();
    onAdded();
  };
  return (
    <Dialog title="Add user" onClose={onClose}>
      <Form action="Add user" busy={fetching} error={error} autoComplete="off" onSubmit={submit}>
        <Field label="E-mail" name="email" type="email" autoComplete="off" required />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={12}
          required
          hint="At least 12 characters. The user can change it under Account."
        />
        <fieldset className="stack tight">
          <legend>Role</legend>
          <Check kind="radio" name="role" value="VIEWER" defaultChecked>
            Viewer: can see the connection, orders, sales and runs
          </Check>
          <Check kind="radio" name="role" value="OWNER">
            Owner: full access
          </Check>
        </fieldset>
      </Form>
    </Dialog>
  );
}
