import { Link } from 'wouter-preact';
import { formatCount, formatMoney } from '../ui/numbers.js';
import { Table } from '../ui/table.js';
import { type Interval, intervalEnd } from './buckets.js';
import type { DateRange } from './date-range.js';
import { ordersHref } from './orders-link.js';
import type { CurrencySales, Sums } from './totals.js';

interface Props {
  readonly sales: CurrencySales;
  readonly interval: Interval;
  readonly range: DateRange;
}

const HEADS = { DAY: 'Day', WEEK: 'Week from', MONTH: 'Month from' };

/** The chart's numbers: a row for each interval and marketplace with sales, newest first, and their total. */
export function SalesTable({ sales, interval, range }: Props) {
  const { currencyCode } = sales;
  const rows = sales.marketplaces
    .flatMap(({ name, marketplaceId, rows }) => rows.map((row) => ({ ...row, name, marketplaceId })))
    .sort((a, b) => b.from.localeCompare(a.from));
  return (
    <Table
      label={`Sales in ${currencyCode}`}
      frame="tall"
      columns={[HEADS[interval], 'Marketplace']}
      amounts={['Orders', 'Units', 'Without price', 'Revenue']}
    >
      <tbody>
        {rows.map((row) => (
          <tr key={`${row.from} ${row.marketplaceId}`}>
            <td className="numbers nowrap">
              <Link
                href={ordersHref({ from: row.from, to: intervalEnd(row.from, interval, range.to) }, row.marketplaceId)}
              >
                {row.from}
              </Link>
            </td>
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

/** The cells of orders, units, units without a price, and revenue. */
export const Amounts = ({ of, currencyCode }: { readonly of: Sums; readonly currencyCode: string }) => (
  <>
    <td className="amount">{formatCount(of.orders)}</td>
    <td className="amount">{formatCount(of.units)}</td>
    <td className={of.unknownPriceUnits === 0 ? 'amount muted' : 'amount'}>{formatCount(of.unknownPriceUnits)}</td>
    <td className="amount">{currencyCode === 'XXX' ? '—' : formatMoney(of.revenue, currencyCode)}</td>
  </>
);
