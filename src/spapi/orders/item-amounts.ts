import type { MemberScope } from './member-scope.js';
import { isZero, type Money, sum } from './money.js';
import { code, money } from './wire.js';

/** What an item brought, by kind, in one currency: decimals as text, null if absent or unknown. For all units. */
export interface ItemAmounts {
  /** Whether all amounts were readable and known: those that are null are then absent, not unknown. */
  readonly isComplete: boolean;
  /** Null if there is no amount. */
  readonly currencyCode: string | null;
  readonly proceedsTotal: string | null;
  /** All tax of the item: the subtotal of TAX. */
  readonly tax: string | null;
  readonly itemTax: string | null;
  readonly shippingPrice: string | null;
  readonly shippingTax: string | null;
  readonly giftWrapPrice: string | null;
  readonly giftWrapTax: string | null;
  /** All that was taken off: the subtotal of DISCOUNT. Positive, as the next two, whatever sign Amazon sends. */
  readonly discount: string | null;
  readonly itemDiscount: string | null;
  readonly shippingDiscount: string | null;
  readonly codFee: string | null;
}

const UNKNOWN: ItemAmounts = {
  isComplete: false,
  currencyCode: null,
  proceedsTotal: null,
  tax: null,
  itemTax: null,
  shippingPrice: null,
  shippingTax: null,
  giftWrapPrice: null,
  giftWrapTax: null,
  discount: null,
  itemDiscount: null,
  shippingDiscount: null,
  codFee: null,
};

/**
 * Reads the rows of an item's proceeds (model: ItemProceeds; docs: the mapping from Orders v0). Where a TAX or DISCOUNT row
 * has no details, all of it belongs to the item, if the item has neither shipping, gift wrap nor fees; else its parts are
 * unknown.
 * @param zeroIsUnknown whether proceeds of which all amounts are 0 mean unknown
 */
export function readItemAmounts(proceeds: MemberScope, zeroIsUnknown: boolean): ItemAmounts {
  const total = proceeds.get(money, 'proceedsTotal');
  const readable: Money[] = total === null ? [] : [total];
  let isComplete = true;
  const rows = readRows(proceeds, (amount) => {
    if (amount === null) isComplete = false;
    else readable.push(amount);
  });
  const [first] = readable;
  if (!first || (zeroIsUnknown && readable.every(isZero))) return UNKNOWN;
  if (readable.some(({ currencyCode }) => currencyCode !== first.currencyCode)) {
    proceeds.note('has amounts in several currencies');
    return UNKNOWN;
  }
  const subtotal = (type: string) => added(rows.get(type)?.subtotals);
  const hasOtherCharges = ['SHIPPING', 'GIFT_WRAP', 'COD_FEE', 'OTHER'].some((type) => rows.has(type));
  const detail = (type: string, subtype: string) => {
    const row = rows.get(type);
    if (row === undefined || row.details.size > 0) return added(row?.details.get(subtype));
    return subtype === 'ITEM' && !hasOtherCharges ? added(row.subtotals) : null;
  };
  return {
    isComplete,
    currencyCode: first.currencyCode,
    proceedsTotal: total?.amount ?? null,
    tax: subtotal('TAX'),
    itemTax: detail('TAX', 'ITEM'),
    shippingPrice: subtotal('SHIPPING'),
    shippingTax: detail('TAX', 'SHIPPING'),
    giftWrapPrice: subtotal('GIFT_WRAP'),
    giftWrapTax: detail('TAX', 'GIFT_WRAP'),
    discount: positive(subtotal('DISCOUNT')),
    itemDiscount: positive(detail('DISCOUNT', 'ITEM')),
    shippingDiscount: positive(detail('DISCOUNT', 'SHIPPING')),
    codFee: subtotal('COD_FEE'),
  };
}

/** Rows of one type; an unreadable amount is null. */
interface Row {
  readonly subtotals: (Money | null)[];
  /** By subtype. */
  readonly details: Map<string, (Money | null)[]>;
}

/** @param onAmount called with each amount; null for an unreadable one */
function readRows(proceeds: MemberScope, onAmount: (amount: Money | null) => void): ReadonlyMap<string, Row> {
  const rows = new Map<string, Row>();
  for (const sent of proceeds.objects('breakdowns')) {
    const type = sent.get(code, 'type') ?? '';
    const row: Row = rows.get(type) ?? { subtotals: [], details: new Map() };
    rows.set(type, row);
    const subtotal = sent.get(money, 'subtotal');
    row.subtotals.push(subtotal);
    onAmount(subtotal);
    for (const detail of sent.objects('detailedBreakdowns')) {
      const subtype = detail.get(code, 'subtype') ?? '';
      const amounts = row.details.get(subtype) ?? [];
      const value = detail.get(money, 'value');
      amounts.push(value);
      onAmount(value);
      row.details.set(subtype, amounts);
    }
  }
  return rows;
}

/** Returns the sum; null if there is no amount, or an unreadable one. */
function added(amounts: readonly (Money | null)[] | undefined): string | null {
  if (amounts === undefined || amounts.includes(null)) return null;
  return sum(amounts as readonly Money[])?.amount ?? null;
}

function positive(amount: string | null): string | null {
  return amount?.startsWith('-') ? amount.slice(1) : amount;
}
