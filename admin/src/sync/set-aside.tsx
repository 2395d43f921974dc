import { useEffect } from 'react';
import { useQuery } from 'urql';
import { problemOf } from '../api/problems.js';
import { RejectedOrdersDocument } from '../generated/operations.js';
import { ProblemNotice } from '../ui/notice.js';
import { count } from '../ui/numbers.js';
import { Time } from '../ui/time.js';

const MOST = 20;

/** The orders that could not be read, of whatever run, and why: for owners. Nothing while there are none. @param of changes when a run starts or ends */
export function SetAside({ of }: { readonly of: string }) {
  const [{ data, error }, ask] = useQuery({ query: RejectedOrdersDocument, variables: { first: MOST } });
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again when `of` changes
  useEffect(() => ask({ requestPolicy: 'network-only' }), [of, ask]);
  if (error) return <ProblemNotice message={problemOf(error).message} />;
  const { nodes = [], pageInfo } = data?.rejectedOrders ?? {};
  if (nodes.length === 0) return null;
  const many = pageInfo?.hasNextPage
    ? `More than ${MOST} orders are`
    : nodes.length === 1
      ? '1 order is'
      : `${count(nodes.length)} orders are`;
  return (
    <details className="card body set-aside">
      <summary>
        <strong>{many} set aside</strong>{' '}
        <span className="muted">Amazon sent them in a way that could not be read; the others are in.</span>
      </summary>
      <ul className="stack tight rejected">
        {nodes.map(({ id, amazonOrderId, reason, rejectedAt }) => (
          <li key={id}>
            {amazonOrderId && <code>{amazonOrderId}</code>} {reason}{' '}
            <span className="muted small">
              <Time at={rejectedAt} />
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
