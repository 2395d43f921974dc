import { Link } from 'wouter';
import { formatCount } from '../ui/numbers.js';

/** Orders that the seller still has to ship. */
export const TO_SHIP = { statuses: ['UNSHIPPED', 'PARTIALLY_SHIPPED'], fulfilledBy: ['MERCHANT'] };

/** How many orders the seller has to ship. */
export function ToShipCard({ total }: { readonly total: number }) {
  return (
    <section className="card body stack tight" aria-labelledby="to-ship-heading">
      <h2 id="to-ship-heading">To ship</h2>
      <p className="figure">{formatCount(total)}</p>
      <p>
        <Link href="/orders?status=UNSHIPPED&status=PARTIALLY_SHIPPED">View them</Link>
      </p>
    </section>
  );
}
