import type { OrderPageQuery } from '../generated/operations.js';
import { LocalTime } from '../ui/local-time.js';
import { changeDetails, changeTitle } from './changes.js';

interface Props {
  readonly changes: NonNullable<OrderPageQuery['order']>['changes'];
  readonly timeZone: string | undefined;
}

/** What happened to an order, newest first. */
export function OrderTimeline({ changes: { nodes, pageInfo }, timeZone }: Props) {
  return (
    <section className="card body stack" aria-labelledby="timeline">
      <h2 id="timeline">Timeline</h2>
      {nodes.length === 0 && <p className="small muted">Nothing has changed since Ordermirror has had this order.</p>}
      <ol className="timeline">
        {nodes.toReversed().map((change) => {
          const details = changeDetails(change);
          return (
            <li key={change.id}>
              <span className="row">
                <strong>{changeTitle(change)}</strong>
                <span className="small muted">
                  <LocalTime at={change.at} timeZone={timeZone} />
                </span>
              </span>
              {details && <p className="small muted">{details}</p>}
            </li>
          );
        })}
      </ol>
      {pageInfo.hasPreviousPage && <p className="small muted">Earlier changes are not shown.</p>}
    </section>
  );
}
