import { ChevronRight } from 'lucide-react';
import type { CoverageQuery, MarketplaceNameFragment } from '../generated/operations.js';
import { Badge } from '../ui/badge.js';
import { Marketplace } from '../ui/marketplace.js';
import { Ago, Time } from '../ui/time.js';

type Coverage = CoverageQuery['coverage'][number];
type Gap = Coverage['gaps'][number];

interface Props {
  readonly marketplace: MarketplaceNameFragment;
  /** Undefined before the server has told. */
  readonly coverage: Coverage | undefined;
}

/** Between which instants a marketplace is complete in the mirror; opened, what is not, and what would close it. */
export function MarketplaceHeld({ marketplace, coverage }: Props) {
  const { provenFrom, provenUntil, gaps = [] } = coverage ?? {};
  return (
    <details>
      <summary className="row apart">
        <span className="row">
          <ChevronRight className="turns muted" size={15} aria-hidden />
          <Marketplace of={marketplace} />
          {flaws(gaps).map((flaw) => (
            <Badge key={flaw} tone="warn">
              {flaw}
            </Badge>
          ))}
        </span>
        {coverage && (
          <span className="small muted">
            {provenFrom && provenUntil ? (
              <>
                complete from <Ago at={provenFrom} /> up to <Ago at={provenUntil} />
              </>
            ) : (
              'nothing is proven yet'
            )}
          </span>
        )}
      </summary>
      <ul className="stack tight small muted gaps">
        {gaps.map((gap) => (
          <li key={`${gap.kind} ${gap.from} ${gap.until}`}>
            <Span of={gap} />: {gap.reason}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Span({ of: { kind, from, until } }: { readonly of: Gap }) {
  // Of a second or so: both ends would read the same.
  if (kind === 'UNREADABLE' && from)
    return (
      <>
        At <Time at={from} />
      </>
    );
  return (
    <>
      {from ? (
        <>
          From <Ago at={from} />
        </>
      ) : (
        'Before'
      )}{' '}
      {until ? (
        <>
          {from && 'up to '}
          <Ago at={until} />
        </>
      ) : (
        'until now'
      )}
    </>
  );
}

/** What is missing within the time that a seller would take to be complete. */
function flaws(gaps: readonly Gap[]): string[] {
  const has = (kind: Gap['kind']) => gaps.some((gap) => gap.kind === kind);
  return [
    has('REFUSED') && 'Refused by Amazon',
    has('ITEMS_NOT_READ') && 'Items missing',
    has('UNREADABLE') && 'Orders may be missing',
  ].filter((flaw) => flaw !== false);
}
