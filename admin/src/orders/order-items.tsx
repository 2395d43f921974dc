import type { OrderDetailsFragment } from '../generated/operations.js';
import { Amount, formatCount } from '../ui/numbers.js';
import { TableHead } from '../ui/table.js';
import { inWords } from './words.js';

type Item = OrderDetailsFragment['items'][number];

/** The items of an order with their amounts. */
export function OrderItems({ items }: { readonly items: readonly Item[] }) {
  return (
    <section className="card" aria-labelledby="items">
      <h2 id="items" className="card-title">
        Items
      </h2>
      {items.length === 0 ? (
        <p className="muted card-note">No items yet. Read the order again, or run a sync that includes items.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: makes the frame scrollable with the keyboard
        <section className="table-frame" aria-label="Items of the order" tabIndex={0}>
          <table className="table items-list responsive">
            <TableHead columns={['Item']} amounts={['Units', 'Unit price', 'Price', 'Shipping', 'Discount', 'Tax']} />
            <tbody>
              {items.map((item) => (
                <ItemRow key={item.id} item={item} />
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

function ItemRow({ item }: { readonly item: Item }) {
  const { quantityOrdered, quantityFulfilled } = item;
  return (
    <tr>
      <td className="item-name">
        <bdi>{item.title ?? <span className="muted">No title</span>}</bdi>
        <span className="small muted item-facts">
          {item.sellerSku && (
            <span>
              SKU{' '}
              <code>
                <bdi>{item.sellerSku}</bdi>
              </code>
            </span>
          )}
          {item.asin && (
            <span>
              ASIN <code>{item.asin}</code>
            </span>
          )}
          {item.condition?.conditionType && <span>{inWords(item.condition.conditionType)}</span>}
          {item.programs.length > 0 && <span>{item.programs.map(inWords).join(', ')}</span>}
          {item.promotionIds.length > 0 && <span>Promotions: {item.promotionIds.join(', ')}</span>}
        </span>
      </td>
      <td className="amount" data-label="Units">
        {formatCount(quantityOrdered)}
        {quantityFulfilled !== null && quantityFulfilled !== quantityOrdered && (
          <span className="muted small"> ({formatCount(quantityFulfilled)} shipped)</span>
        )}
      </td>
      <td className="amount" data-label="Unit price">
        <Amount of={item.unitPrice} />
      </td>
      <td className="amount" data-label="Price">
        <Amount of={item.itemPrice} />
      </td>
      <Extra name="Shipping" of={item.shippingPrice} />
      <Extra name="Discount" of={item.discount} />
      <Extra name="Tax" of={item.tax} />
    </tr>
  );
}

/** An amount that most items don't have. */
function Extra({ name, of }: { readonly name: string; readonly of: Item['tax'] }) {
  return (
    <td className="amount" data-label={of ? name : undefined}>
      {of && <Amount of={of} />}
    </td>
  );
}
