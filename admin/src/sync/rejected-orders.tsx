import { useLiveQuery } from '../api/use-live-query.js';
import { RejectedOrdersDocument } from '../generated/operations.js';
import { RequestError } from '../ui/notice.js';
import { Time } from '../ui/time.js';

const MAX_SHOWN = 20;

/** The orders that could not be read, with the reason; nothing without any. */
export function RejectedOrders() {
  const [{ data, error }, refetch] = useLiveQuery({ query: RejectedOrdersDocument, variables: { first: MAX_SHOWN } });
  if (error) return <RequestError error={error} onRetry={refetch} />;
  const { nodes = [], pageInfo } = data?.rejectedOrders ?? {};
  if (nodes.length === 0) return null;
  const title = `${pageInfo?.hasNextPage ? 'More than ' : ''}${nodes.length} rejected order${nodes.length === 1 ? '' : 's'}`;
  return (
    <details className="card body">
      <summary>
        <strong>{title}</strong>{' '}
        <span className="muted">Sent by Amazon in a form that could not be read. All other orders are mirrored.</span>
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
