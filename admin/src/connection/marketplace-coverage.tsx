import { ChevronRight } from 'lucide-preact';
import type { CoverageQuery, MarketplaceNameFragment } from '../generated/operations.js';
import { Badge } from '../ui/badge.js';
import { Marketplace } from '../ui/marketplace.js';
import { formatDay, formatDays, Time } from '../ui/time.js';

type Coverage = CoverageQuery['coverage'][number];
type Gap = Coverage['gaps'][number];

/** Gaps that a seller wouldn't expect. */
const WARNINGS: readonly (readonly [Gap['kind'], string])[] = [
  ['REFUSED', 'Access denied'],
  ['ITEMS_NOT_READ', 'Items missing'],
  ['UNREADABLE', 'Orders may be missing'],
  ['REPORT_FAILED', 'Older orders missing'],
];

interface Props {
  readonly marketplace: MarketplaceNameFragment;
  /** Undefined while loading. */
  readonly coverage: Coverage | undefined;
}

/** The interval in which a marketplace is complete in the mirror; expands to its gaps. */
export function MarketplaceCoverage({ marketplace, coverage }: Props) {
  const { provenFrom, provenUntil, provenByReport = [], gaps = [] } = coverage ?? {};
  // An older order was purchased before the first search, so that a report of purchases until then continues the search.
  const older = provenByReport.find(({ from, until }) => provenFrom && from < provenFrom && until >= provenFrom);
  return (
    <details>
      <summary className="row spread">
        <span className="row">
          <ChevronRight className="rotating muted" size={15} aria-hidden />
          <Marketplace of={marketplace} />
          {WARNINGS.filter(([kind]) => gaps.some((gap) => gap.kind === kind)).map(([kind, label]) => (
            <Badge key={kind} tone="warn">
              {label}
            </Badge>
          ))}
        </span>
        {coverage && (
          <span className="small muted">
            {provenFrom && provenUntil ? (
              <>
                complete from {older ? formatDay(older.from) : <Time at={provenFrom} />} to <Time at={provenUntil} />
              </>
            ) : (
              'no complete period yet'
            )}
          </span>
        )}
      </summary>
      <ul className="stack tight small muted gaps">
        {provenFrom && provenUntil && (
          <li>
            Updated from <Time at={provenFrom} /> to <Time at={provenUntil} />: read from searches.
          </li>
        )}
        {provenByReport.map((range) => (
          <li key={range.from}>Purchased {formatDays(range)}: read from reports.</li>
        ))}
        {gaps.map((gap) => (
          <li key={`${gap.kind} ${gap.from} ${gap.until}`}>
            <Interval of={gap} />: {gap.reason}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Interval({ of: { kind, from, until } }: { readonly of: Gap }) {
  const start = from && <Time at={from} />;
  const end = until && <Time at={until} />;
  // About a second long: both ends would read the same.
  if (kind === 'UNREADABLE' && from)
    return (
      <>
        At <Time at={from} />
      </>
    );
  if (kind === 'REPORT_FAILED' && from && until) return <>Purchased {formatDays({ from, until })}</>;
  if (start && end)
    return (
      <>
        From {start} to {end}
      </>
    );
  return start ? <>From {start} until now</> : <>Before {end ?? 'now'}</>;
}
