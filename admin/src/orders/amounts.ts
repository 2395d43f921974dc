import type { OrderDetailsFragment } from '../generated/operations.js';
import { sumDecimals } from '../sales/totals.js';

/** A part of an order's total. */
export interface AmountRow {
  readonly name: string;
  /** Exact decimal, negative for discounts; null if no item has it. */
  readonly amount: string | null;
}

export interface OrderAmounts {
  readonly currencyCode: string;
  readonly rows: readonly AmountRow[];
  /** The sum of the rows. */
  readonly sum: string;
  /** The order's total less the sum; null if the total is unknown. */
  readonly difference: string | null;
  /** Items whose price is unknown. */
  readonly unpricedItems: number;
}

type Item = OrderDetailsFragment['items'][number];
type Part = 'itemPrice' | 'shippingPrice' | 'giftWrapPrice' | 'codFee' | 'tax' | 'discount';

const PARTS: readonly (readonly [Part, string, sign: '' | '-'])[] = [
  ['itemPrice', 'Items', ''],
  ['shippingPrice', 'Shipping', ''],
  ['giftWrapPrice', 'Gift wrap', ''],
  ['codFee', 'Cash on delivery fee', ''],
  ['discount', 'Discounts', '-'],
  ['tax', 'Tax', ''],
];
/** Types of Amazon's breakdown that the parts above hold. */
const OF_ITEMS: ReadonlySet<string> = new Set(['ITEM', 'SHIPPING', 'GIFT_WRAP', 'COD_FEE', 'DISCOUNT', 'TAX']);

/**
 * Returns the rows that an order's total consists of: the sums of its items, then what Amazon reports of the order besides,
 * such as a delivery tip. Null while no amount is known. Amounts of another currency than the total's are left out.
 * @param nameOf names an amount of the order that no item has, by Amazon's type
 */
export function amountsOf(
  { items, orderTotal, proceeds }: Pick<OrderDetailsFragment, 'items' | 'orderTotal' | 'proceeds'>,
  nameOf: (type: string) => string,
): OrderAmounts | null {
  const currencyCode = orderTotal?.currencyCode ?? items.find(({ itemPrice }) => itemPrice)?.itemPrice?.currencyCode;
  if (!currencyCode) return null;
  const amountsOfPart = (part: Part) =>
    items
      .map((item: Item) => item[part])
      .flatMap((money) => (money?.currencyCode === currencyCode ? money.amount : []));
  const ofItems = PARTS.map(([part, name, sign]): AmountRow => {
    const amounts = amountsOfPart(part);
    if (amounts.length === 0) return { name, amount: null };
    const sum = sumDecimals(amounts);
    return { name, amount: sign ? negated(sum) : sum };
  });
  const besides = (proceeds?.breakdowns ?? []).flatMap(({ type, subtotal }): AmountRow[] =>
    type && !OF_ITEMS.has(type) && subtotal?.currencyCode === currencyCode
      ? [{ name: nameOf(type), amount: subtotal.amount }]
      : [],
  );
  const rows = [...ofItems, ...besides];
  const sum = sumDecimals(rows.flatMap(({ amount }) => amount ?? []));
  return {
    currencyCode,
    rows,
    sum,
    difference: orderTotal && sumDecimals([orderTotal.amount, negated(sum)]),
    unpricedItems: items.filter(({ itemPrice }) => itemPrice === null).length,
  };
}

export const isZero = (amount: string): boolean => !/[1-9]/.test(amount);

const negated = (amount: string): string => (amount.startsWith('-') ? amount.slice(1) : `-${amount}`);
