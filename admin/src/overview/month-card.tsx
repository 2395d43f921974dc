import { Link } from 'wouter-preact';
import type { CoveredRangeFragment } from '../generated/operations.js';
import { Change } from '../sales/change.js';
import { coverageOf } from '../sales/coverage.js';
import type { Sales, SalesMarketplace } from '../sales/use-sales.js';
import { Fact, Facts } from '../ui/facts.js';
import { formatCount, formatMoney } from '../ui/numbers.js';
import { formatDateRange } from '../ui/time.js';

interface Props {
  readonly of: Sales;
  readonly marketplaces: readonly SalesMarketplace[];
  readonly coverage: readonly CoveredRangeFragment[];
}

/** Revenue and units of the last 30 days by currency, against the 30 days before. */
export function MonthCard({ of: { period, sales, before }, marketplaces, coverage }: Props) {
  const isComparable = coverageOf(marketplaces, coverage).covers(period.before);
  const beforeText = formatDateRange(period.before);
  return (
    <section className="card body stack whole" aria-labelledby="month-heading">
      <div className="row spread">
        <h2 id="month-heading">Last 30 days</h2>
        <Link href="/sales">View sales</Link>
      </div>
      {sales.length === 0 && <p className="muted">No sales.</p>}
      {sales.map(({ currencyCode, revenue, units, unknownPriceUnits }) => {
        const earlier = isComparable ? before.find((row) => row.currencyCode === currencyCode) : undefined;
        return (
          <Facts key={currencyCode} className="inline">
            <Fact label={currencyCode === 'XXX' ? 'Revenue in an unknown currency' : `Revenue in ${currencyCode}`}>
              {currencyCode === 'XXX' ? '—' : formatMoney(revenue, currencyCode)}{' '}
              {earlier && <Change now={Number(revenue)} before={Number(earlier.revenue)} of={beforeText} />}
            </Fact>
            <Fact label="Units">
              {formatCount(units)} {earlier && <Change now={units} before={earlier.units} of={beforeText} />}
            </Fact>
            {unknownPriceUnits > 0 && <Fact label="Of these without a price">{formatCount(unknownPriceUnits)}</Fact>}
          </Facts>
        );
      })}
      <p className="small muted">
        Item prices before discounts, without shipping.{' '}
        {isComparable ? `Compared with ${beforeText}.` : `Not compared: ${beforeText} has not been read completely.`}
      </p>
    </section>
  );
}
