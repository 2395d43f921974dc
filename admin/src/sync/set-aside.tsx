import { useState } from 'react';
import { useQuery } from 'urql';
import { problemOf } from '../api/problems.js';
import { useIsOwner } from '../api/use-session.js';
import { RejectedOrdersDocument, type RunFragment } from '../generated/operations.js';
import { ProblemNotice } from '../ui/notice.js';
import { count } from '../ui/numbers.js';
import { Time } from '../ui/time.js';

/** That orders were set aside, and for an owner which, and why. */
export function SetAside({ run }: { readonly run: RunFragment }) {
  const [open, setOpen] = useState(false);
  const owner = useIsOwner();
  const words = `${count(run.ordersRejected)} ${run.ordersRejected === 1 ? 'order' : 'orders'} could not be read and ${run.ordersRejected === 1 ? 'was' : 'were'} set aside`;
  if (!owner) return <p>{words}. An owner can see why.</p>;
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{words}: see the latest</summary>
      {open && <Rejected />}
    </details>
  );
}

function Rejected() {
  const [{ data, error }] = useQuery({ query: RejectedOrdersDocument, variables: { first: 20 } });
  if (error) return <ProblemNotice message={problemOf(error).message} />;
  return (
    <ul className="stack tight rejected">
      {data?.rejectedOrders.nodes.map(({ id, amazonOrderId, reason, rejectedAt }) => (
        <li key={id}>
          <code>{amazonOrderId ?? 'an order without an id'}</code> {reason}{' '}
          <span className="muted small">
            <Time at={rejectedAt} />
          </span>
        </li>
      ))}
    </ul>
  );
}
