import type { Draft, DraftItem } from './draft-order.js';
import { type Minor, money } from './money.js';
import type { PriceShown } from './order-history.js';
import type { Money, ProceedsRow, SimulatedItem, SimulatedOrder } from './order-shape.js';

/** An amount of a category, in the currency's smallest unit; their sum is the total (model: proceedsTotal, grandTotal). */
type Amount = [type: string, minor: Minor];
type Amounts = Amount[];

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
  const amounts: Amounts = shown === 'zero' ? [['ITEM', 0]] : itemAmounts(draft, item, line);
  const breakdowns = rows(draft, amounts);
  for (const row of breakdowns) {
    const details = detailsOf(draft, row, amounts);
    if (details.length > 0) row.detailedBreakdowns = details;
  }
  return { proceedsTotal: money(total(amounts), currency), breakdowns };
}

/** Splits TAX and, in some orders, DISCOUNT by what they are on. */
function detailsOf(draft: Draft, { type, subtotal }: ProceedsRow, amounts: Amounts): Detail[] {
  const isDetailed = draft.oddities.includes('detailed');
  if (type === 'TAX' && !isDetailed) return [{ subtype: 'ITEM', value: subtotal }];
  if (!isDetailed || (type !== 'TAX' && type !== 'DISCOUNT')) return [];
  const whole = Math.round(Number(subtotal.amount) * (draft.marketplace.currency === 'JPY' ? 1 : 100));
  const taxOn = (part: string) => Math.round((amounts.find(([type]) => type === part)?.[1] ?? 0) * TAX_RATE);
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
  const [first, ...others] = draft.items.map((item, line) => itemAmounts(draft, item, line));
  const amounts = first ?? [];
  for (const [type, minor] of others.flat()) {
    const known = amounts.find((amount) => amount[0] === type);
    if (known) known[1] += minor;
    else amounts.push([type, minor]);
  }
  const hasTip = draft.oddities.includes('tip');
  if (hasTip) amounts.push(['DELIVERY_TIP', 500]);
  const breakdowns = rows(draft, amounts);
  if (hasTip) Object.assign(breakdowns.at(-1) ?? {}, { status: 'FINALIZED' });
  return { grandTotal: money(total(amounts), currency), breakdowns };
}

function itemAmounts(draft: Draft, item: DraftItem, line: number): Amounts {
  if (isFree(draft)) return [['ITEM', 0]];
  const amounts: Amounts = [['ITEM', item.unit * item.quantity]];
  if (item.shipping > 0) amounts.push(['SHIPPING', item.shipping]);
  if (line === 0 && draft.oddities.includes('gift')) amounts.push(['GIFT_WRAP', Math.round(item.unit / 5)]);
  if (draft.oddities.includes('codFee')) amounts.push(['COD_FEE', Math.round(item.unit / 10)]);
  if (draft.oddities.includes('otherFee')) amounts.push(['OTHER', Math.round(item.unit / 20)]);
  if (item.discount > 0) amounts.push(['DISCOUNT', -item.discount * item.quantity]);
  if (draft.marketplace.taxAdded) amounts.push(['TAX', Math.round(total(amounts) * TAX_RATE)]);
  return amounts;
}

/** Rows of amount 0 are left out (seen in the field). A discount's sign is not documented: mostly negative here, in some orders positive (the total takes it off in both). */
function rows(draft: Draft, amounts: Amounts): ProceedsRow[] {
  const positive = draft.oddities.includes('positiveDiscount');
  const found: ProceedsRow[] = [];
  for (const [type, minor] of amounts) {
    const shown = type === 'DISCOUNT' && positive ? -minor : minor;
    if (minor !== 0) found.push({ type, subtotal: money(shown, draft.marketplace.currency) });
  }
  return found;
}

function isFree(draft: Draft): boolean {
  return draft.oddities.includes('replacement');
}

function total(amounts: Amounts): Minor {
  let sum = 0;
  for (const [, minor] of amounts) sum += minor;
  return sum;
}
