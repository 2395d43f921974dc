import { Link } from 'wouter-preact';
import type { OverviewCountsQuery } from '../generated/operations.js';
import { formatCount } from '../ui/numbers.js';

/** How many orders the seller has to ship: by the end of today in the marketplace's time zone, too late, and in all. */
export function ToShipCard({ counts: { overdue, today, toShip } }: { readonly counts: OverviewCountsQuery }) {
  return (
    <section className="card body stack tight" aria-labelledby="to-ship-heading">
      <h2 id="to-ship-heading">To ship today</h2>
      <p className="figure">
        <Link href="/orders?ship=today">{formatCount(today.totalCount)}</Link>
      </p>
      <p className="small">
        {overdue.totalCount > 0 && (
          <>
            <Link className="overdue" href="/orders?ship=overdue">
              {formatCount(overdue.totalCount)} overdue
            </Link>
            {' · '}
          </>
        )}
        <Link href="/orders?ship=all">{formatCount(toShip.totalCount)} in all</Link>
      </p>
    </section>
  );
}
