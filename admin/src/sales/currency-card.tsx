import { Fact, Facts } from '../ui/facts.js';
import { formatCount, formatMoney } from '../ui/numbers.js';
import { formatDateRange } from '../ui/time.js';
import { BestSellers } from './best-sellers.js';
import { Change } from './change.js';
import type { DateRange } from './date-range.js';
import { SalesChart } from './sales-chart.js';
import { SalesTable } from './sales-table.js';
import type { CurrencySales } from './totals.js';
import type { Sales } from './use-sales.js';

export type View = 'days' | 'products';

interface Props {
  readonly sales: CurrencySales;
  readonly of: Sales;
  readonly view: View;
  readonly isCovered: (days: DateRange) => boolean;
  /** The only marketplace that is asked for; null for all. */
  readonly only: string | null;
}

/** The sales of a period in one currency: sums, by day as a chart and as a table, or by product. */
export function CurrencyCard({ sales, of, view, isCovered, only }: Props) {
  const { currencyCode, marketplaces, unknownPriceUnits } = sales;
  const { range, before } = of.period;
  const isUnknown = currencyCode === 'XXX';
  const earlier = isCovered(before) ? of.before.find((row) => row.currencyCode === currencyCode) : undefined;
  const beforeText = formatDateRange(before);
  return (
    <section className="card body stack" aria-label={`Sales in ${currencyCode}`}>
      <div className="row spread">
        <div className="row">
          <h2>{isUnknown ? 'Unknown currency' : currencyCode}</h2>
          {marketplaces.length === 1 && <span className="muted">{marketplaces[0]?.name}</span>}
        </div>
        <Facts className="inline">
          <Fact label="Revenue">
            {isUnknown ? '—' : formatMoney(sales.revenue, currencyCode)}{' '}
            {earlier && <Change now={Number(sales.revenue)} before={Number(earlier.revenue)} of={beforeText} />}
          </Fact>
          <Fact label="Units">
            {formatCount(sales.units)} {earlier && <Change now={sales.units} before={earlier.units} of={beforeText} />}
          </Fact>
          <Fact label="Orders">
            {formatCount(sales.orders)}{' '}
            {earlier && <Change now={sales.orders} before={earlier.orders} of={beforeText} />}
          </Fact>
        </Facts>
      </div>
      <p className="small muted">
        Revenue is the prices of the items before discounts, without shipping; with or without tax, as Amazon reports
        it.
      </p>
      {unknownPriceUnits > 0 && (
        <p className="small">
          <strong>
            {unknownPriceUnits === 1 ? '1 unit' : `${formatCount(unknownPriceUnits)} units`} without a price
          </strong>{' '}
          <span className="muted">are not in the revenue: Amazon has not reported their price yet.</span>
        </p>
      )}
      {view === 'days' ? (
        <>
          <SalesChart sales={sales} range={range} interval={of.interval} isCovered={isCovered} only={only} />
          <details>
            <summary>Show as table</summary>
            <SalesTable sales={sales} interval={of.interval} range={range} />
          </details>
        </>
      ) : (
        <BestSellers range={range} currencyCode={currencyCode} only={only} />
      )}
    </section>
  );
}
