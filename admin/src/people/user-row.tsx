import { useState } from 'react';
import { useMutation } from 'urql';
import { problemOf } from '../api/problems.js';
import { useSession } from '../api/use-session.js';
import { RemoveUserDocument, SetUserRoleDocument, type UsersQuery } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { ProblemNotice } from '../ui/notice.js';
import { Time } from '../ui/time.js';

type User = UsersQuery['users'][number];

/** A user, their role, and taking them out. Nobody changes themselves here. */
export function UserRow({ user, onChange }: { readonly user: User; readonly onChange: () => void }) {
  const me = useSession()?.user.id === user.id;
  const [{ error, fetching }, setRole] = useMutation(SetUserRoleDocument);
  const [removing, setRemoving] = useState(false);
  const change = async (role: User['role']) => {
    await setRole({ userId: user.id, role });
    onChange();
  };
  return (
    <tr>
      <td>
        {user.email} {me && <span className="muted">(you)</span>}
        {error && <ProblemNotice message={problemOf(error).message} />}
      </td>
      <td>
        {me ? (
          <span>{user.role === 'OWNER' ? 'Owner' : 'Viewer'}</span>
        ) : (
          <select
            className="input select"
            aria-label={`Role of ${user.email}`}
            aria-busy={fetching}
            value={user.role}
            onChange={(event) => void change(event.target.value as User['role'])}
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
        {!me && (
          <Button look="danger" aria-label={`Remove ${user.email}`} onClick={() => setRemoving(true)}>
            Remove
          </Button>
        )}
        {removing && <RemoveDialog user={user} onClose={() => setRemoving(false)} onRemoved={onChange} />}
      </td>
    </tr>
  );
}

interface RemoveProps {
  readonly user: User;
  readonly onClose: () => void;
  readonly onRemoved: () => void;
}

function RemoveDialog({ user, onClose, onRemoved }: RemoveProps) {
  const [{ error, fetching }, remove] = useMutation(RemoveUserDocument);
  const press = async () => {
    const { data } = await remove({ userId: user.id });
    if (!data) return;
    onClose();
    onRemoved();
  };
  return (
    <Dialog title={`Remove ${user.email}?`} onClose={onClose}>
      <p className="start">
        They are signed out at once, everywhere. What they did stays in the log, without their name.
      </p>
      {error && <ProblemNotice message={problemOf(error).message} />}
      <div className="row">
        <Button look="danger" busy={fetching} onClick={() => void press()}>
          Remove the user
        </Button>
        <Button onClick={onClose}>Keep them</Button>
      </div>
    </Dialog>
  );
}
