import type { OrderDetailsFragment } from '../generated/operations.js';
import { Notice } from '../ui/notice.js';
import { formatCount, formatMoney } from '../ui/numbers.js';
import { amountsOf, isZero } from './amounts.js';
import { inWords } from './words.js';

/** What an order's total consists of, row by row, and the difference if they don't add up. */
export function OrderAmounts({ order }: { readonly order: OrderDetailsFragment }) {
  const amounts = amountsOf(order, inWords);
  const { orderTotal } = order;
  return (
    <section className="card body stack" aria-labelledby="amounts">
      <h2 id="amounts">Amounts</h2>
      {amounts === null ? (
        <p className="muted">Amazon has not reported any amount yet. It usually does once the payment is confirmed.</p>
      ) : (
        <>
          <table className="table amounts">
            <tbody>
              {amounts.rows
                .filter(({ name, amount }) => name === 'Items' || (amount !== null && !isZero(amount)))
                .map(({ name, amount }) => (
                  <Row key={name} name={name} amount={amount} currencyCode={amounts.currencyCode} />
                ))}
              {amounts.difference !== null && !isZero(amounts.difference) && (
                <Row
                  name="Not explained by the rows above"
                  amount={amounts.difference}
                  currencyCode={amounts.currencyCode}
                />
              )}
            </tbody>
            <tfoot>
              <Row name="Total" amount={orderTotal?.amount ?? null} currencyCode={amounts.currencyCode} isHead />
            </tfoot>
          </table>
          {amounts.difference !== null && !isZero(amounts.difference) && (
            <Notice tone="warn" title="The rows don’t add up to the total">
              <p>
                They make {formatMoney(amounts.sum, amounts.currencyCode)}, which differs by{' '}
                {formatMoney(amounts.difference, amounts.currencyCode)} from the total that Amazon reports.{' '}
                {order.items.length === 0
                  ? 'The items are not loaded yet.'
                  : 'Amazon may charge something that it doesn’t report by item. Read the order again if it was changed.'}
              </p>
            </Notice>
          )}
          {amounts.unpricedItems > 0 && (
            <p className="muted small">
              Amazon has not reported the price of {formatCount(amounts.unpricedItems)}{' '}
              {amounts.unpricedItems === 1 ? 'item' : 'items'} yet.
            </p>
          )}
        </>
      )}
    </section>
  );
}

interface RowProps {
  readonly name: string;
  readonly amount: string | null;
  readonly currencyCode: string;
  readonly isHead?: boolean;
}

function Row({ name, amount, currencyCode, isHead = false }: RowProps) {
  return (
    <tr>
      <th scope="row" className={isHead ? 'sum' : ''}>
        {name}
      </th>
      <td className="amount">
        {amount === null ? <span className="muted">not reported yet</span> : formatMoney(amount, currencyCode)}
      </td>
    </tr>
  );
}
