import { useQuery } from 'urql';
import { Link, useSearchParams } from 'wouter';
import { problemOf } from '../api/problems.js';
import { SalesMarketplacesDocument } from '../generated/operations.js';
import { useLiveRun } from '../sync/live-run.js';
import { ProblemNotice } from '../ui/notice.js';
import { count, money } from '../ui/numbers.js';
import { Page } from '../ui/page.js';
import { CurrencyChart } from './currency-chart.js';
import { type Range, rangeFrom } from './days.js';
import { RangePicker } from './range-picker.js';
import { SalesTable } from './sales-table.js';
import type { CurrencySales } from './tally.js';
import { useSales } from './use-sales.js';
import { useToday } from './use-today.js';

/** Revenue and units a day, by currency and marketplace. Range and marketplace are in the address. */
export function SalesView() {
  const [address, setAddress] = useSearchParams();
  const { run } = useLiveRun();
  const [{ data, error: untold }] = useQuery({ query: SalesMarketplacesDocument });
  const change = run ? `${run.id} ${run.status}` : '';
  const today = useToday(change);
  const range = rangeFrom(address, today ?? undefined);
  const marketplaces = data && (data.connection?.marketplaces ?? NONE);
  const only = marketplaces?.find(({ marketplaceId }) => marketplaceId === address.get('marketplace')) ?? null;
  const {
    sales,
    of,
    error: failed,
    fetching,
  } = useSales(range, today === null ? undefined : marketplaces, only?.marketplaceId ?? null, change);
  const error = failed ?? (data ? undefined : untold);
  const set = (changes: Readonly<Record<string, string | null>>) =>
    setAddress((before) => {
      const next = new URLSearchParams(before);
      for (const [name, value] of Object.entries(changes)) {
        if (value === null) next.delete(name);
        else next.set(name, value);
      }
      return next;
    });
  return (
    <Page
      title="Sales"
      lead="What was sold, by the day it was ordered on in its marketplace. Cancelled orders are left out."
    >
      <div className="row apart filters">
        <RangePicker range={range} today={today} onChange={set} />
        {marketplaces && marketplaces.length > 1 && (
          <label className="row small labelled">
            Marketplace
            <select
              className="input select"
              value={only?.marketplaceId ?? ''}
              onChange={(event) => set({ marketplace: event.target.value || null })}
            >
              <option value="">All</option>
              {marketplaces.map(({ marketplaceId, name }) => (
                <option key={marketplaceId} value={marketplaceId}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      {error && <ProblemNotice message={problemOf(error).message} />}
      {!sales && !error && fetching && <div className="card skeleton chart-skeleton" />}
      {sales?.length === 0 && (
        <section className="card empty">
          <h2>No sales in this range</h2>
          <p>
            Choose a longer range, or look at <Link href="/">Sync</Link> to see up to when the mirror is complete.
          </p>
        </section>
      )}
      <div className="stack wide" aria-busy={fetching}>
        {sales?.map((sales) => (
          <Currency key={sales.currencyCode} sales={sales} range={of} />
        ))}
      </div>
    </Page>
  );
}

const NONE: never[] = [];

function Currency({ sales, range }: { readonly sales: CurrencySales; readonly range: Range }) {
  const { currencyCode } = sales;
  const unknown = currencyCode === 'XXX';
  const alone = sales.marketplaces.length === 1 ? sales.marketplaces[0] : null;
  return (
    <section className="card body stack" aria-label={`Sales in ${currencyCode}`}>
      <div className="row apart">
        <div className="row">
          <h2>{unknown ? 'Currency not known yet' : currencyCode}</h2>
          {alone && <span className="muted">{alone.name}</span>}
        </div>
        <dl className="facts inline">
          <div>
            <dt>Revenue</dt>
            <dd>{unknown ? '—' : money(sales.revenue, currencyCode)}</dd>
          </div>
          <div>
            <dt>Units</dt>
            <dd>{count(sales.units)}</dd>
          </div>
          <div>
            <dt>Orders</dt>
            <dd>{count(sales.orders)}</dd>
          </div>
        </dl>
      </div>
      <CurrencyChart sales={sales} range={range} />
      <details>
        <summary>The numbers as a table</summary>
        <SalesTable sales={sales} />
      </details>
    </section>
  );
}
