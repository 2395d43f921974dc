import { Link } from 'wouter-preact';
import { useLiveQuery } from '../api/use-live-query.js';
import { RejectedOrdersDocument } from '../generated/operations.js';
import { reasonInWords } from '../orders/reasons.js';
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
      <p className="small muted">
        Once Amazon has corrected an order, open it and read it again. If it lasts, report it to Amazon’s support.
      </p>
      <ul className="stack tight rejected">
        {nodes.map(({ id, amazonOrderId, reason, rejectedAt }) => (
          <li key={id} className="row">
            {amazonOrderId && (
              <Link href={`/orders/${encodeURIComponent(amazonOrderId)}`}>
                <code>{amazonOrderId}</code>
              </Link>
            )}
            {inWords(reason)}
            {inWords(reason) !== reason && <code className="small">{reason}</code>}
            <span className="muted small">
              <Time at={rejectedAt} />
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

const inWords = (reason: string): string => reason.split('; ').map(reasonInWords).join(' ');
