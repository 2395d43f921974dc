import { Link } from 'wouter-preact';
import { useLiveQuery } from '../api/use-live-query.js';
import { useOrderChanges } from '../api/use-order-changes.js';
import { LatestChangesDocument } from '../generated/operations.js';
import { changeDetails, changeTitle } from '../orders/changes.js';
import { RequestError } from '../ui/notice.js';
import { RelativeTime } from '../ui/time.js';

/** The latest changes of orders, newest first, updated as they happen. */
export function LatestChanges() {
  const [{ data, error }, refetch] = useLiveQuery({ query: LatestChangesDocument });
  useOrderChanges(null, refetch);
  const changes = data?.orderChanges.nodes ?? [];
  return (
    <section className="card body stack tight whole" aria-labelledby="changes-heading">
      <h2 id="changes-heading">Latest changes</h2>
      <RequestError error={error} onRetry={refetch} />
      {data && changes.length === 0 && <p className="small muted">New and changed orders appear here at once.</p>}
      <ol className="latest-changes">
        {changes.toReversed().map((change) => (
          <li key={change.id}>
            <Link href={`/orders/${encodeURIComponent(change.amazonOrderId)}`}>{change.amazonOrderId}</Link>
            <span>
              {changeTitle(change)} <span className="small muted">{changeDetails(change)}</span>
            </span>
            <span className="small muted">
              <RelativeTime at={change.at} />
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
