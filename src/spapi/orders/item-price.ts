import { isJsonObject, type JsonObject, type JsonValue } from '../http/answer.js';
import type { MemberReader } from './member-reader.js';
import { isZero, type Money, type Price, sum } from './money.js';
import { currencyCode, list, money, object, Unreadable } from './wire.js';

/** A line, and what determines its price. */
export interface PricedLine {
  readonly item: JsonObject;
  readonly order: JsonObject;
  /** Null if unreadable. */
  readonly quantityOrdered: number | null;
  /** Whether the order is known not to be pending; a price of 0 is then final. */
  readonly isSettled: boolean;
}

/**
 * Returns the ITEM proceeds of all units; null while unknown. Rows of amount 0 are left out (seen in the field), so
 * `proceeds` without an ITEM row means 0 once the order isn't pending. A line of 0 units, cancelled by itself, costs 0.
 * Missing `proceeds` otherwise mean unknown.
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
    if (price === null) members.note(place, 'has amounts in several currencies');
    return price && isZero(price) && !line.isSettled ? null : price;
  }
  if (!line.isSettled || line.quantityOrdered === null) return null;
  const total = money(proceeds.proceedsTotal);
  if (rows.length === 0 && !(total instanceof Unreadable) && !isZero(total)) {
    members.note(`${place}.breakdowns`, 'is missing, though there is a total');
    return null;
  }
  return zeroIn(currencyOf(line));
}

/** Returns the amounts of the ITEM rows; null if one is unreadable. Other rows aren't read. */
function itemAmounts(rows: readonly unknown[], members: MemberReader, place: string): readonly Money[] | null {
  const amounts: Money[] = [];
  let readable = true;
  for (const [index, sent] of rows.entries()) {
    const row = members.required(object, sent, `${place}.${index}`);
    if (row !== null && typeof row.type === 'string' && row.type !== 'ITEM') continue;
    if (row !== null && typeof row.type !== 'string') members.note(`${place}.${index}.type`, 'is not a string');
    const amount = row?.type === 'ITEM' ? members.required(money, row.subtotal, `${place}.${index}.subtotal`) : null;
    if (amount === null) readable = false;
    else amounts.push(amount);
  }
  return readable ? amounts : null;
}

function zeroIn(currencyCode: string | null): Price {
  return { amount: '0', currencyCode };
}

/** Returns the line's currency, else the order's; null if neither has one. */
function currencyOf({ item, order }: PricedLine): string | null {
  return (
    currencyIn(item.proceeds) ??
    currencyAt(member(member(item.product, 'price'), 'unitPrice')) ??
    currencyIn(order.proceeds)
  );
}

/** Returns the currency of a line's or an order's proceeds. */
function currencyIn(proceeds: JsonValue | undefined): string | null {
  const rows = member(proceeds, 'breakdowns');
  const subtotals = Array.isArray(rows) ? rows.map((row: JsonValue) => member(row, 'subtotal')) : [];
  const amounts = [member(proceeds, 'proceedsTotal'), member(proceeds, 'grandTotal'), ...subtotals];
  return amounts.map(currencyAt).find((currency) => currency !== null) ?? null;
}

/** Returns the currency of an amount, even if the amount itself is unreadable. */
function currencyAt(amount: JsonValue | undefined): string | null {
  const read = currencyCode(member(amount, 'currencyCode'));
  return read instanceof Unreadable ? null : read;
}

function member(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}
