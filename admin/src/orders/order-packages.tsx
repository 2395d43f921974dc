import type { OrderDetailsFragment } from '../generated/operations.js';
import { Badge } from '../ui/badge.js';
import { CopyButton } from '../ui/copy-button.js';
import { LocalTime } from '../ui/local-time.js';
import { formatCount } from '../ui/numbers.js';
import { inWords } from './words.js';

interface Props {
  readonly order: OrderDetailsFragment;
  readonly timeZone: string | undefined;
}

/** The packages of an order that the seller ships. */
export function OrderPackages({ order: { packages, items }, timeZone }: Props) {
  if (packages.length === 0) return null;
  const titleOf = (id: string | null) => items.find(({ orderItemId }) => orderItemId === id)?.title ?? id;
  return (
    <section className="card body stack" aria-labelledby="packages">
      <h2 id="packages">Packages</h2>
      <ul className="stack">
        {packages.map((each, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a package may have no reference
          <li key={index} className="stack tight">
            <span className="row">
              <strong>Package {each.packageReferenceId ?? index + 1}</strong>
              {each.status && <Badge>{inWords(each.status)}</Badge>}
              {each.shipTime && (
                <span className="small muted">
                  shipped <LocalTime at={each.shipTime} timeZone={timeZone} />
                </span>
              )}
            </span>
            <span className="row small">
              {[each.carrier, each.shippingService].filter(Boolean).join(', ')}
              {each.trackingNumber && (
                <>
                  <code className="unbroken">{each.trackingNumber}</code>
                  <CopyButton text={each.trackingNumber} name="tracking number" />
                </>
              )}
            </span>
            <ul className="small muted">
              {each.items.map(({ orderItemId, quantity }) => (
                <li key={orderItemId}>
                  {formatCount(quantity ?? 0)} × <bdi>{titleOf(orderItemId)}</bdi>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </section>
  );
}
