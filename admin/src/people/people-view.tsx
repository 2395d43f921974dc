import { useEffect, useRef, useState } from 'react';
import { useQuery } from 'urql';
import { problemOf } from '../api/problems.js';
import { useIsOwner } from '../api/use-session.js';
import { UsersDocument } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { ProblemNotice } from '../ui/notice.js';
import { Page } from '../ui/page.js';
import { AuditLog } from './audit-log.js';
import { CreateUser } from './create-user.js';
import { UserRow } from './user-row.js';

/** Who may sign in, and what was done here. For owners. */
export function PeopleView() {
  const owner = useIsOwner();
  if (!owner) {
    return (
      <Page title="People">
        <p>Owners manage who may sign in.</p>
      </Page>
    );
  }
  return <People />;
}

function People() {
  const [{ data, error }, ask] = useQuery({ query: UsersDocument });
  const [adding, setAdding] = useState(false);
  const [changes, setChanges] = useState(0);
  const users = useRef<HTMLElement>(null);
  const many = data?.users.length;
  const before = useRef(many);
  // A removed user's row takes the button with it that the focus went back to.
  useEffect(() => {
    if (many && before.current && many < before.current && document.activeElement === document.body)
      users.current?.focus();
    before.current = many;
  }, [many]);
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
    setChanges((before) => before + 1);
  };
  return (
    <Page
      title="People"
      lead="Who may sign in, and what they did."
      actions={
        <Button look="primary" onClick={() => setAdding(true)}>
          Add a user
        </Button>
      }
    >
      {error && <ProblemNotice message={problemOf(error).message} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who has no pointer scrolls it by the keyboard */}
      <section ref={users} className="card table-frame" aria-label="Users" tabIndex={0}>
        <table className="table stacks middle">
          <thead>
            <tr>
              <th scope="col">E-mail</th>
              <th scope="col">Role</th>
              <th scope="col">Since</th>
              <th scope="col">
                <span className="hidden-visually">Remove</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data?.users.map((user) => (
              <UserRow key={user.id} user={user} onChange={refresh} />
            ))}
          </tbody>
        </table>
      </section>
      {(data || error) && <AuditLog change={changes} />}
      {adding && <CreateUser onClose={() => setAdding(false)} onCreated={refresh} />}
    </Page>
  );
}
