import { useQuery } from 'urql';
import { Link, useSearchParams } from 'wouter';
import { SalesMarketplacesDocument } from '../generated/operations.js';
import { useLiveRun } from '../sync/live-run.js';
import { Button } from '../ui/button.js';
import { Fact, Facts } from '../ui/facts.js';
import { DateInput, Select } from '../ui/form.js';
import { RequestError } from '../ui/notice.js';
import { formatCount, formatMoney } from '../ui/numbers.js';
import { Page } from '../ui/page.js';
import { Table } from '../ui/table.js';
import { type DateRange, lastDays, lengthInDays, parseRange } from './date-range.js';
import { SalesChart } from './sales-chart.js';
import type { CurrencySales } from './totals.js';
import { useSales, useToday } from './use-sales.js';

const PRESETS = [7, 30, 90, 365];
const NONE: never[] = [];

/** Revenue and units by day, currency and marketplace. The URL holds the range and the marketplace. */
export function SalesView() {
  const [query, setQuery] = useSearchParams();
  const { run } = useLiveRun();
  const version = run ? `${run.id} ${run.status}` : '';
  const [{ data, error: marketplacesError }] = useQuery({ query: SalesMarketplacesDocument });
  const today = useToday(version);
  const range = parseRange(query, today ?? undefined);
  const marketplaces = data && (data.connection?.marketplaces ?? NONE);
  const only = marketplaces?.find(({ marketplaceId }) => marketplaceId === query.get('marketplace'))?.marketplaceId;
  const result = useSales(range, today === null ? undefined : marketplaces, only ?? null, version);
  const { sales, fetching } = result;
  const error = result.error ?? (data ? undefined : marketplacesError);
  const set = (changes: Readonly<Record<string, string | null>>) =>
    setQuery((current) => {
      const next = new URLSearchParams(current);
      for (const [name, value] of Object.entries(changes)) {
        if (value === null) next.delete(name);
        else next.set(name, value);
      }
      return next;
    });
  return (
    <Page title="Sales" lead="By order date in each marketplace’s time zone. Cancelled orders are excluded.">
      <div className="row spread filters">
        <RangePicker range={range} today={today} onChange={set} />
        {marketplaces && marketplaces.length > 1 && (
          <Select
            label="Marketplace"
            value={only ?? ''}
            options={[['', 'All'], ...marketplaces.map(({ marketplaceId, name }) => [marketplaceId, name] as const)]}
            onChange={(id) => set({ marketplace: id || null })}
          />
        )}
      </div>
      <RequestError error={error} />
      {!sales && !error && fetching && <div className="card skeleton chart-skeleton" />}
      {sales?.length === 0 && (
        <section className="card empty">
          <h2>No sales in this range</h2>
          <p>
            Choose a longer range, or check in <Link href="/">Sync</Link> how far the mirror is complete.
          </p>
        </section>
      )}
      <div className="stack wide" aria-busy={fetching}>
        {sales?.map((sales) => (
          <CurrencyCard key={sales.currencyCode} sales={sales} range={result.range} />
        ))}
      </div>
    </Page>
  );
}

interface RangePickerProps {
  readonly range: DateRange;
  /** Null while loading. */
  readonly today: string | null;
  readonly onChange: (change: Readonly<Record<string, string | null>>) => void;
}

function RangePicker({ range, today, onChange }: RangePickerProps) {
  const select = (change: Partial<DateRange>) => {
    const { from, to } = { ...range, ...change };
    if (from && to && from <= to) onChange({ from, to, days: null });
  };
  return (
    <div className="row">
      <fieldset className="segments">
        <legend className="visually-hidden">Range</legend>
        {PRESETS.map((days) => (
          <Button
            key={days}
            look="quiet"
            aria-pressed={range.to === (today ?? lastDays(days).to) && lengthInDays(range) === days}
            onClick={() => onChange({ days: String(days), from: null, to: null })}
          >
            {days === 365 ? '1 year' : `${days} days`}
          </Button>
        ))}
      </fieldset>
      <DateInput label="From" value={range.from} max={range.to} onChange={(from) => select({ from })} />
      <DateInput label="to" value={range.to} min={range.from} onChange={(to) => select({ to })} />
    </div>
  );
}

function CurrencyCard({ sales, range }: { readonly sales: CurrencySales; readonly range: DateRange }) {
  const { currencyCode, marketplaces } = sales;
  const unknown = currencyCode === 'XXX';
  return (
    <section className="card body stack" aria-label={`Sales in ${currencyCode}`}>
      <div className="row spread">
        <div className="row">
          <h2>{unknown ? 'Unknown currency' : currencyCode}</h2>
          {marketplaces.length === 1 && <span className="muted">{marketplaces[0]?.name}</span>}
        </div>
        <Facts className="inline">
          <Fact label="Revenue">{unknown ? '—' : formatMoney(sales.revenue, currencyCode)}</Fact>
          <Fact label="Units">{formatCount(sales.units)}</Fact>
          <Fact label="Orders">{formatCount(sales.orders)}</Fact>
        </Facts>
      </div>
      <SalesChart sales={sales} range={range} />
      <details>
        <summary>Show as table</summary>
        <SalesTable sales={sales} />
      </details>
    </section>
  );
}

/** The chart's numbers: a row for each day and marketplace with sales, newest first, and their total. */
function SalesTable({ sales }: { readonly sales: CurrencySales }) {
  const { currencyCode } = sales;
  const rows = sales.marketplaces
    .flatMap(({ name, days }) => days.map((day) => ({ ...day, name })))
    .sort((a, b) => b.date.localeCompare(a.date));
  return (
    <Table
      label={`Sales in ${currencyCode}`}
      frame="tall"
      columns={['Day', 'Marketplace']}
      amounts={['Orders', 'Units', 'Revenue']}
    >
      <tbody>
        {rows.map((row) => (
          <tr key={`${row.date} ${row.name}`}>
            <td className="numbers nowrap">{row.date}</td>
            <td>{row.name}</td>
            <Amounts of={row} currencyCode={currencyCode} />
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row" colSpan={2}>
            Total
          </th>
          <Amounts of={sales} currencyCode={currencyCode} />
        </tr>
      </tfoot>
    </Table>
  );
}

interface AmountsProps {
  readonly of: Pick<CurrencySales, 'orders' | 'units' | 'revenue'>;
  readonly currencyCode: string;
}

const Amounts = ({ of: { orders, units, revenue }, currencyCode }: AmountsProps) => (
  <>
    <td className="amount">{formatCount(orders)}</td>
    <td className="amount">{formatCount(units)}</td>
    <td className="amount">{formatMoney(revenue, currencyCode)}</td>
  </>
);
