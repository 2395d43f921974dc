import { useLiveQuery } from '../api/use-live-query.js';
import { OrderTotalsDocument, type OrderTotalsQuery } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { formatCount, formatMoney } from '../ui/numbers.js';
import { isFiltered, type OrdersUrl, toFilter } from './orders-url.js';

interface Props {
  readonly url: OrdersUrl;
  /** Loaded again when it changes. */
  readonly version: string | undefined;
  readonly onChange: (change: Partial<OrdersUrl>) => void;
}

/** The sums of the orders that are listed, on all pages, by currency; nothing without a filter. */
export function OrderTotals({ url, version, onChange }: Props) {
  return isFiltered(url) ? <Totals url={url} version={version} onChange={onChange} /> : null;
}

function Totals({ url, version, onChange }: Props) {
  const variables = { filter: toFilter(url) };
  const [{ data, error }] = useLiveQuery({ query: OrderTotalsDocument, variables }, version);
  if (error) return null;
  const rows = data?.orders.totals;
  const unpriced = rows?.reduce((sum, { unknownPriceOrders }) => sum + unknownPriceOrders, 0) ?? 0;
  return (
    <section className="order-totals small" aria-label="Totals of these orders" aria-busy={!rows}>
      {rows?.map((row) => (
        <CurrencyTotals key={row.currencyCode} of={row} />
      ))}
      {unpriced > 0 && !url.unknownPrice && (
        <Button look="quiet" className="tiny" onClick={() => onChange({ unknownPrice: true })}>
          {formatCount(unpriced)} without a price, not in these sums
        </Button>
      )}
    </section>
  );
}

function CurrencyTotals({ of }: { readonly of: OrderTotalsQuery['orders']['totals'][number] }) {
  const { currencyCode, orders, orderTotal, soldOrders, exactUnits, revenue } = of;
  return (
    <p>
      <strong title="What the buyers pay: items, shipping, gift wrap and tax, less discounts">
        {formatMoney(orderTotal, currencyCode)}
      </strong>{' '}
      <span className="muted">total of {plural(orders, 'order')} ·</span>{' '}
      <strong title="Items before discounts, without shipping; without cancelled orders and those not sold on Amazon">
        {formatMoney(revenue, currencyCode)}
      </strong>{' '}
      <span className="muted">
        revenue as in Sales: {plural(soldOrders, 'order')}, {plural(Number(exactUnits), 'unit')}
      </span>
    </p>
  );
}

const plural = (count: number, noun: string) => `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
