import type { Draft, DraftItem } from './draft-order.js';
import { type Minor, money } from './money.js';
import type { PriceShown } from './order-history.js';
import type { Money, ProceedsRow, SimulatedItem, SimulatedOrder } from './order-shape.js';

/** Amounts by category, in the currency's smallest unit; their sum is the total (model: proceedsTotal, grandTotal). */
type Amounts = Map<string, Minor>;

const TAX_RATE = 0.0825;

/** Returns the price of one unit; undefined while not shown. */
export function unitPrice(draft: Draft, item: DraftItem, shown: PriceShown): Money | undefined {
  if (shown === 'nothing') return undefined;
  return money(shown === 'zero' || isFree(draft) ? 0 : item.unit, draft.marketplace.currency);
}

/** Returns the line's proceeds: ITEM is unit × quantity; then additions and deductions. */
export function itemProceeds(
  draft: Draft,
  item: DraftItem,
  line: number,
  shown: PriceShown,
): SimulatedItem['proceeds'] {
  if (shown === 'nothing') return undefined;
  const { currency } = draft.marketplace;
  const amounts = shown === 'zero' ? new Map([['ITEM', 0]]) : itemAmounts(draft, item, line);
  const breakdowns = rows(draft, amounts).map((row) => {
    const details = detailsOf(draft, row, amounts);
    return details.length > 0 ? { ...row, detailedBreakdowns: details } : row;
  });
  return { proceedsTotal: money(total(amounts), currency), breakdowns };
}

/** Splits TAX and, in some orders, DISCOUNT by what they are on. */
function detailsOf(draft: Draft, { type, subtotal }: ProceedsRow, amounts: Amounts): Detail[] {
  const isDetailed = draft.oddities.includes('detailed');
  if (type === 'TAX' && !isDetailed) return [{ subtype: 'ITEM', value: subtotal }];
  if (!isDetailed || (type !== 'TAX' && type !== 'DISCOUNT')) return [];
  const whole = Math.round(Number(subtotal.amount) * (draft.marketplace.currency === 'JPY' ? 1 : 100));
  const taxOn = (part: string) => Math.round((amounts.get(part) ?? 0) * TAX_RATE);
  const besides: [string, Minor][] =
    type === 'TAX'
      ? [
          ['SHIPPING', taxOn('SHIPPING')],
          ['GIFT_WRAP', taxOn('GIFT_WRAP')],
        ]
      : [['SHIPPING', Math.round(whole / 3)]];
  const item = whole - besides.reduce((sum, [, minor]) => sum + minor, 0);
  return [['ITEM', item] as const, ...besides]
    .filter(([, minor]) => minor !== 0)
    .map(([subtype, minor]) => ({ subtype, value: money(minor, draft.marketplace.currency) }));
}

type Detail = NonNullable<ProceedsRow['detailedBreakdowns']>[number];

/** Returns the order's proceeds: the sums of the lines' categories, and the tip, which belongs to no line. */
export function orderProceeds(draft: Draft, shown: PriceShown): SimulatedOrder['proceeds'] {
  if (shown === 'nothing') return undefined;
  const { currency } = draft.marketplace;
  if (shown === 'zero') return { grandTotal: money(0, currency) };
  const amounts: Amounts = new Map();
  for (const [line, item] of draft.items.entries()) {
    for (const [type, minor] of itemAmounts(draft, item, line)) amounts.set(type, (amounts.get(type) ?? 0) + minor);
  }
  if (draft.oddities.includes('tip')) amounts.set('DELIVERY_TIP', 500);
  const breakdowns = rows(draft, amounts).map((row) =>
    row.type === 'DELIVERY_TIP' ? { ...row, status: 'FINALIZED' } : row,
  );
  return { grandTotal: money(total(amounts), currency), breakdowns };
}

function itemAmounts(draft: Draft, item: DraftItem, line: number): Amounts {
  if (isFree(draft)) return new Map([['ITEM', 0]]);
  const amounts: Amounts = new Map([['ITEM', item.unit * item.quantity]]);
  if (item.shipping > 0) amounts.set('SHIPPING', item.shipping);
  if (line === 0 && draft.oddities.includes('gift')) amounts.set('GIFT_WRAP', Math.round(item.unit / 5));
  if (draft.oddities.includes('codFee')) amounts.set('COD_FEE', Math.round(item.unit / 10));
  if (draft.oddities.includes('otherFee')) amounts.set('OTHER', Math.round(item.unit / 20));
  if (item.discount > 0) amounts.set('DISCOUNT', -item.discount * item.quantity);
  if (draft.marketplace.taxAdded) amounts.set('TAX', Math.round(total(amounts) * TAX_RATE));
  return amounts;
}

/** Rows of amount 0 are left out (seen in the field). A discount's sign is not documented: mostly negative here, in some orders positive (the total takes it off in both). */
function rows(draft: Draft, amounts: Amounts): ProceedsRow[] {
  const positive = draft.oddities.includes('positiveDiscount');
  const billed = [...amounts].filter(([, minor]) => minor !== 0);
  return billed.map(([type, minor]) => ({
    type,
    subtotal: money(type === 'DISCOUNT' && positive ? -minor : minor, draft.marketplace.currency),
  }));
}

function isFree(draft: Draft): boolean {
  return draft.oddities.includes('replacement');
}

function total(amounts: Amounts): Minor {
  return [...amounts.values()].reduce((sum, minor) => sum + minor, 0);
}
