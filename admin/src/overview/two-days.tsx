import { Link } from 'wouter-preact';
import { addDays, dateIn } from '../sales/date-range.js';
import { ordersHref } from '../sales/orders-link.js';
import { type SalesRow, sumSales } from '../sales/totals.js';
import type { SalesMarketplace } from '../sales/use-sales.js';
import { formatCount, formatMoney } from '../ui/numbers.js';
import { Table } from '../ui/table.js';
import { Time } from '../ui/time.js';

interface Props {
  readonly marketplaces: readonly SalesMarketplace[];
  /** By day and marketplace, of each marketplace's today and yesterday at least. */
  readonly sales: readonly SalesRow[];
}

/** Today and yesterday by marketplace, in the days of each. */
export function TwoDays({ marketplaces, sales }: Props) {
  return (
    <section className="stack tight whole" aria-labelledby="days-heading">
      <h2 id="days-heading">Today and yesterday</h2>
      <Table
        label="Today and yesterday"
        className="responsive"
        columns={['Marketplace']}
        amounts={['Today', 'Revenue today', 'Yesterday', 'Revenue yesterday', 'Data as of']}
      >
        <tbody>
          {marketplaces.map((marketplace) => (
            <Row key={marketplace.id} marketplace={marketplace} sales={sales} />
          ))}
        </tbody>
      </Table>
    </section>
  );
}

function Row({ marketplace, sales }: Pick<Props, 'sales'> & { readonly marketplace: SalesMarketplace }) {
  const { marketplaceId, name, timeZone, provenUntil } = marketplace;
  const today = dateIn(timeZone);
  const days = [
    { name: 'Today', date: today },
    { name: 'Yesterday', date: addDays(today, -1) },
  ];
  return (
    <tr>
      <td>{name}</td>
      {days.map(({ name, date }) => {
        const rows = sales.filter((row) => row.marketplaceId === marketplaceId && row.from === date);
        const { orders } = sumSales(rows);
        return [
          <td key={`${name} orders`} className="amount" data-label={name}>
            <Link href={ordersHref({ from: date, to: date }, marketplaceId)}>
              {orders === 1 ? '1 order' : `${formatCount(orders)} orders`}
            </Link>
          </td>,
          <td key={`${name} revenue`} className="amount">
            {rows.length === 0 ? (
              <span className="muted">—</span>
            ) : (
              rows
                .map(({ revenue, currencyCode }) => (currencyCode === 'XXX' ? '—' : formatMoney(revenue, currencyCode)))
                .join(' + ')
            )}
          </td>,
        ];
      })}
      <td className="amount small" data-label="Data as of">
        {provenUntil ? <Time at={provenUntil} /> : <span className="muted">not read yet</span>}
      </td>
    </tr>
  );
}
