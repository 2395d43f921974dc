import { count, money } from '../ui/numbers.js';
import type { CurrencySales } from './tally.js';

/** The numbers of the chart: a row a day and marketplace that sold something, the newest first, and their total. */
export function SalesTable({ sales }: { readonly sales: CurrencySales }) {
  const { currencyCode } = sales;
  const rows = sales.marketplaces
    .flatMap(({ name, days }) => days.map((day) => ({ ...day, name })))
    .sort((one, other) => other.date.localeCompare(one.date));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no pointer scrolls it by the keyboard
    <section className="table-frame tall" aria-label={`Sales in ${currencyCode}`} tabIndex={0}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col">Marketplace</th>
            <th scope="col" className="amount">
              Orders
            </th>
            <th scope="col" className="amount">
              Units
            </th>
            <th scope="col" className="amount">
              Revenue
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ date, name, orders, units, revenue }) => (
            <tr key={`${date} ${name}`}>
              <td className="numbers nowrap">{date}</td>
              <td>{name}</td>
              <td className="amount">{count(orders)}</td>
              <td className="amount">{count(units)}</td>
              <td className="amount">{money(revenue, currencyCode)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" colSpan={2}>
              Total
            </th>
            <td className="amount">{count(sales.orders)}</td>
            <td className="amount">{count(sales.units)}</td>
            <td className="amount">{money(sales.revenue, currencyCode)}</td>
          </tr>
        </tfoot>
      </table>
    </section>
  );
}
