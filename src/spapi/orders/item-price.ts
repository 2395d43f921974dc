import { isJsonObject, type JsonObject, type JsonValue } from '../http/json.js';
import type { MemberReader } from './member-reader.js';
import { isZero, sum } from './money.js';
import { inCurrency, list, type Money, money, object, type Price } from './wire.js';

/** A line, and what its price depends on. */
export interface PricedLine {
  readonly item: JsonObject;
  readonly order: JsonObject;
  /** Null if it could not be read. */
  readonly quantityOrdered: number | null;
  /** Whether the order is known not to be pending, so that a price of 0 is a price. */
  readonly isSettled: boolean;
}

/**
 * A line's ITEM proceeds, all units together; null while unknown. Orders 2026-01-01 leaves rows of amount 0 out (field), so
 * `proceeds` without an ITEM row means 0 once the order isn't pending; and a line of 0 units, cancelled by itself, costs 0
 * whatever its proceeds are. Missing `proceeds` on a line of some units means nothing.
 */
export function readItemPrice(line: PricedLine, members: MemberReader, place: string): Price | null {
  if (line.quantityOrdered === 0) return zeroIn(currencyOf(line));
  const proceeds = members.optional(object, line.item.proceeds, place);
  if (proceeds === null) return null;
  const rows = proceeds.breakdowns == null ? [] : members.required(list, proceeds.breakdowns, `${place}.breakdowns`);
  const amounts = rows && itemAmounts(rows, members, `${place}.breakdowns`);
  if (rows === null || amounts === null) return null;

  if (amounts.length > 0) {
    const price = sum(amounts);
    if (price === null) members.note(`${place}.breakdowns`, 'has ITEM rows in several currencies');
    return price && isZero(price) && !line.isSettled ? null : price;
  }
  if (!line.isSettled || line.quantityOrdered === null) return null;
  const total = money.safeParse(proceeds.proceedsTotal);
  if (rows.length === 0 && total.success && !isZero(total.data)) {
    members.note(`${place}.breakdowns`, 'is missing, though there is a total');
    return null;
  }
  return zeroIn(currencyOf(line));
}

/** The amounts of the ITEM rows; null if one can't be read. Other rows are not read and may hold anything. */
function itemAmounts(rows: readonly unknown[], members: MemberReader, place: string): readonly Money[] | null {
  const amounts: Money[] = [];
  let readable = true;
  for (const [index, sent] of rows.entries()) {
    const row = members.required(object, sent, `${place}.${index}`);
    if (row !== null && typeof row.type === 'string' && row.type !== 'ITEM') continue;
    if (row !== null && typeof row.type !== 'string') members.note(`${place}.${index}.type`, 'is not a text');
    const amount = row?.type === 'ITEM' ? members.required(money, row.subtotal, `${place}.${index}.subtotal`) : null;
    if (amount === null) readable = false;
    else amounts.push(amount);
  }
  return readable ? amounts : null;
}

function zeroIn(currencyCode: string | null): Price {
  return { amount: '0', currencyCode };
}

/** The currency that the line names, else the order; null if neither does. */
function currencyOf({ item, order }: PricedLine): string | null {
  return (
    currencyIn(item.proceeds) ??
    currencyAt(member(member(item.product, 'price'), 'unitPrice')) ??
    currencyIn(order.proceeds)
  );
}

/** Of a line's or an order's proceeds. */
function currencyIn(proceeds: JsonValue | undefined): string | null {
  const rows = member(proceeds, 'breakdowns');
  const subtotals = Array.isArray(rows) ? rows.map((row: JsonValue) => member(row, 'subtotal')) : [];
  const amounts = [member(proceeds, 'proceedsTotal'), member(proceeds, 'grandTotal'), ...subtotals];
  return amounts.map(currencyAt).find((currency) => currency !== null) ?? null;
}

function currencyAt(amount: JsonValue | undefined): string | null {
  const read = inCurrency.safeParse(amount);
  return read.success ? read.data.currencyCode : null;
}

function member(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}
