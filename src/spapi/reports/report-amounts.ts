import { isZero, type Money, plainDecimal, sum } from '../orders/money.js';
import { child, type XmlElement } from './report-elements.js';

/** model: a row of ItemProceeds. */
export type ProceedsRow = {
  readonly type: string;
  readonly subtotal: Money;
  readonly detailedBreakdowns?: readonly { readonly subtype: string; readonly value: Money }[];
};

/** model: ItemProceeds. The total is left out if it is uncertain. */
export type ItemProceeds = {
  readonly proceedsTotal?: Money;
  readonly breakdowns: readonly ProceedsRow[];
};

/** model: OrderProceeds. */
export type OrderProceeds = {
  readonly grandTotal: Money;
  readonly breakdowns: readonly ProceedsRow[];
};

/** An amount of an item, as text that may be unreadable. */
interface Component extends Money {
  /** `Principal`, `ShippingTax`, `ItemPromotionDiscount` … */
  readonly name: string;
}

/** A component by type and subtype of the Orders API. */
interface Charge extends Money {
  readonly type: string;
  readonly subtype: string;
  readonly isReadable: boolean;
  /** An unknown one has type OTHER. */
  readonly isKnown: boolean;
}

/** Types of the Orders API. */
const TYPES = ['ITEM', 'SHIPPING', 'GIFT_WRAP', 'COD_FEE', 'OTHER', 'TAX', 'DISCOUNT'];

/** Components of ItemPrice and members of Promotion (field), with type and subtype (docs: mapping of v0 to 2026-01-01). */
const COMPONENTS: ReadonlyMap<string, readonly [type: string, subtype: string]> = new Map([
  ['Principal', ['ITEM', 'ITEM']],
  ['Shipping', ['SHIPPING', 'SHIPPING']],
  ['GiftWrap', ['GIFT_WRAP', 'GIFT_WRAP']],
  ['COD', ['COD_FEE', 'COD_FEE']],
  ['CODFee', ['COD_FEE', 'COD_FEE']],
  ['Other', ['OTHER', 'OTHER']],
  ['Tax', ['TAX', 'ITEM']],
  ['ShippingTax', ['TAX', 'SHIPPING']],
  ['GiftWrapTax', ['TAX', 'GIFT_WRAP']],
  ['CODTax', ['TAX', 'COD_FEE']],
  ['CODFeeTax', ['TAX', 'COD_FEE']],
  ['OtherTax', ['TAX', 'OTHER']],
  ['ItemPromotionDiscount', ['DISCOUNT', 'ITEM']],
  ['ShipPromotionDiscount', ['DISCOUNT', 'SHIPPING']],
]);

/**
 * Returns an item's proceeds; null if the report has no price (`Principal`) for it, which means unknown. Principal is the
 * price of all units, as `item-price` of the flat file and ItemPrice of v0. Rows of amount 0 are left out, as in the API
 * (field). Discounts are negative, whatever sign the report has. The total is left out if an amount is unreadable or
 * of an unknown component. It includes the tax unless the price does (EU: `VatExclusivePrincipal` is then another amount).
 */
export function itemProceeds(item: XmlElement): ItemProceeds | null {
  const components = componentsOf(item);
  const price = components.find(({ name }) => name === 'Principal');
  if (price === undefined) return null;
  const netPrice = components.find(({ name }) => name === 'VatExclusivePrincipal');
  const includesTax = netPrice !== undefined && netPrice.amount !== price.amount;

  const charges = components.filter(({ name }) => !name.startsWith('VatExclusive')).map(charge);
  const byType = groupByType(charges);
  const breakdowns: ProceedsRow[] = [];
  for (const type of TYPES) addRows(breakdowns, type, byType.get(type) ?? []);
  if (!charges.every(({ isReadable, isKnown }) => isReadable && isKnown)) return { breakdowns };
  const total = sum(includesTax ? charges.filter(({ type }) => type !== 'TAX') : charges);
  return total === null ? { breakdowns } : { proceedsTotal: money(total), breakdowns };
}

/** Returns the sums over the items; null unless all of them have a total, so that a part is never taken for the whole. */
export function orderProceeds(items: readonly (ItemProceeds | null)[]): OrderProceeds | null {
  const totals = items.map((item) => item?.proceedsTotal).filter((total) => total !== undefined);
  const grandTotal = totals.length === items.length ? sum(totals) : null;
  if (grandTotal === null) return null;
  const byType = groupByType(items.flatMap((item) => item?.breakdowns ?? []));
  const breakdowns: ProceedsRow[] = [];
  for (const type of TYPES) {
    const subtotal = sum(byType.get(type)?.map((row) => row.subtotal) ?? []);
    if (subtotal !== null) breakdowns.push({ type, subtotal });
  }
  return { grandTotal, breakdowns };
}

/** Returns the components of the price and of promotions, without empty ones. */
function componentsOf(item: XmlElement): Component[] {
  const found: Component[] = [];
  let currency = '';
  const add = (name: string, element: XmlElement | undefined) => {
    const amount = element?.text.trim() ?? '';
    if (element === undefined || amount === '') return;
    const own = currencyOf(element);
    if (currency === '') currency = own;
    // A discount without a currency (field: extractors read none) is in that of the item.
    found.push({ name, amount, currencyCode: own || currency });
  };
  for (const { name, children } of item.children) {
    if (name === 'ItemPrice')
      for (const component of children) add(child(component, 'Type')?.text.trim() ?? '', child(component, 'Amount'));
    if (name === 'Promotion')
      for (const member of children) if (member.name.endsWith('PromotionDiscount')) add(member.name, member);
  }
  return found;
}

function charge({ name, amount, currencyCode }: Component): Charge {
  const known = COMPONENTS.get(name);
  const [type, subtype] = known ?? ['OTHER', 'OTHER'];
  const plain = plainDecimal(amount);
  return {
    type,
    subtype,
    amount: type === 'DISCOUNT' && plain !== null ? negative(plain) : (plain ?? amount),
    currencyCode,
    isReadable: plain !== null && currencyCode !== '',
    isKnown: known !== undefined,
  };
}

/** Adds the row of a type; rows, if they can't be summed: unreadable or in several currencies, to be noted by the reader. */
function addRows(breakdowns: ProceedsRow[], type: string, charges: readonly Charge[]): void {
  const billed = charges.filter((each) => !isZero(each));
  if (billed.length === 0) return;
  const subtotal = billed.every(({ isReadable }) => isReadable) ? sum(billed) : null;
  if (subtotal === null) {
    for (const each of billed) breakdowns.push({ type, subtotal: money(each) });
  } else if (type === 'TAX' || type === 'DISCOUNT') {
    const detailedBreakdowns = billed.map((each) => ({ subtype: each.subtype, value: money(each) }));
    breakdowns.push({ type, subtotal: money(subtotal), detailedBreakdowns });
  } else {
    breakdowns.push({ type, subtotal: money(subtotal) });
  }
}

function groupByType<Row extends { readonly type: string }>(rows: readonly Row[]): ReadonlyMap<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.type);
    if (group) group.push(row);
    else groups.set(row.type, [row]);
  }
  return groups;
}

function money({ amount, currencyCode }: Money): Money {
  return { amount, currencyCode };
}

function negative(amount: string): string {
  return amount.startsWith('-') || isZero({ amount, currencyCode: '' }) ? amount : `-${amount}`;
}

/** Returns the value of the attribute `currency`; empty if there is none. */
function currencyOf({ attributes }: XmlElement): string {
  return (attributes.currency ?? '').slice(0, 10);
}
