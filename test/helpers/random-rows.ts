import type { ItemRow, OrderRow } from '../../src/mirror/write/order-rows.js';
import { type Random, random } from '../../src/simulator/random.js';
import { type ItemMembers, readItemMembers } from '../../src/spapi/orders/item-members.js';
import { MemberReader } from '../../src/spapi/orders/member-reader.js';
import { MemberScope } from '../../src/spapi/orders/member-scope.js';
import { type OrderMembers, readOrderMembers } from '../../src/spapi/orders/order-members.js';

const MARKETPLACES: readonly [string, ...string[]] = ['ATVPDKIKX0DER', 'A1PA6795UKMFR9', 'UNLISTED'];
const STATUSES: readonly [string, ...string[]] = ['PENDING', 'UNSHIPPED', 'SHIPPED', 'CANCELLED'];
const START = Date.parse('2026-03-01T00:00:00Z');

/**
 * Returns rows of few orders in many versions, determined by the seed: late older versions, repeated ones, amounts that are
 * unknown or 0 without a currency, items that come and go or are all missing, unreadable members, orders that move to
 * another marketplace.
 * @param movesAt after how many rows some orders move; older versions of the former marketplace may still come late
 */
export function randomRows(seed: number, count: number, movesAt = count / 2): OrderRow[] {
  const dice = random(seed, 3);
  const orders = Math.ceil(count / 5);
  return Array.from({ length: count }, (_, turn) => {
    const number = dice.int(1, orders);
    const moved = number % 7 === 0 && turn >= movesAt && dice.chance(0.7);
    const version = moved ? 100 + dice.int(0, 9) : dice.int(0, 9);
    return rowOf(
      number,
      version,
      MARKETPLACES[(number + (moved ? 1 : 0)) % 3] ?? '',
      dice.chance(0.2) ? dice.int(1, 9) : 0,
    );
  });
}

/** Returns the last row of each order. */
export function eachOnce(rows: readonly OrderRow[]): OrderRow[] {
  return [...new Map(rows.map((row) => [row.amazonOrderId, row])).values()];
}

/** Splits rows into batches, in each of which an order comes once: the first rows of all orders, the second ones and so on. */
export function batchesOf(rows: readonly OrderRow[]): OrderRow[][] {
  const batches: OrderRow[][] = [];
  const seen = new Map<string, number>();
  for (const row of rows) {
    const index = seen.get(row.amazonOrderId) ?? 0;
    seen.set(row.amazonOrderId, index + 1);
    batches[index] ??= [];
    batches[index].push(row);
  }
  return batches;
}

/** Returns equal rows for equal arguments. `silent` changes the content without a newer last update. */
function rowOf(number: number, version: number, marketplaceId: string, silent: number): OrderRow {
  const dice = random(number * 1_000 + version * 10 + silent, 4);
  const items = Array.from({ length: dice.int(0, 4) }, () => dice.int(1, 5));
  const amazonOrderId = `70${number % 3}-${String(number).padStart(7, '0')}-0000001`;
  const known = {
    amazonOrderId,
    marketplaceId,
    marketplaceName: dice.chance(0.5) ? 'A name, "quoted" \\ and ünïcode 漢字' : null,
    purchaseDate: new Date(START + number * 3_600_000),
    lastUpdateDate: new Date(START + (number * 50 + version) * 86_400_000 + 123),
    orderStatus: dice.chance(0.95) ? dice.pick(STATUSES) : null,
    fulfilledBy: dice.chance(0.8) ? 'AMAZON' : null,
    channelName: dice.chance(0.05) ? null : number % 11 === 0 ? 'NON_AMAZON' : 'AMAZON',
    orderTotal: moneyOf(dice),
    rawPayload: JSON.stringify({ number, version, silent, text: '\\ "\t€ 漢字' }),
  };
  const rows = [...new Set(items)].map((item) => itemOf(dice, number, item));
  return {
    source: 'API',
    ...known,
    contentHash: JSON.stringify(known),
    itemsHash: JSON.stringify([known.orderStatus, rows]),
    items: rows,
    notes: dice.chance(0.1) ? ['a.place: is odd', 'another: too'] : [],
    linesInDoubt: rows.length === 0,
    members: orderMembers(dice),
    lackingData: dice.chance(0.3) ? ['PROMOTION', 'PACKAGES'] : [],
  };
}

function itemOf(dice: Random, number: number, item: number): ItemRow {
  return {
    orderItemId: `${number}000${item}`,
    sellerSku: dice.chance(0.9) ? `SKU "${item}"` : null,
    asin: dice.chance(0.9) ? `B00000000${item}` : null,
    title: dice.chance(0.9) ? '{NULL,"x"}\\' : null,
    quantityOrdered: dice.chance(0.95) ? dice.int(0, 3) : null,
    itemPrice: dice.chance(0.1) ? { amount: '0', currencyCode: null } : moneyOf(dice),
    rawPayload: JSON.stringify({ item, dice: dice.int(1, 3) }),
    members: itemMembers(dice),
  };
}

function orderMembers(dice: Random): OrderMembers {
  const packages = dice.chance(0.5) ? [{ packageReferenceId: String(dice.int(1, 9)) }] : [];
  const programs = dice.chance(0.5) ? ['PRIME', 'A "new" {one},\\'] : [];
  return readOrderMembers(new MemberScope({ packages, programs }, new MemberReader()));
}

/** Proceeds that are complete, absent or partly unreadable. */
function itemMembers(dice: Random): ItemMembers {
  const shipping = dice.chance(0.5) ? [{ type: 'SHIPPING', subtotal: { amount: '3.50', currencyCode: 'USD' } }] : [];
  const tax = {
    type: 'TAX',
    subtotal: dice.chance(0.2) ? 'odd' : { amount: `0.${dice.int(1, 9)}`, currencyCode: 'USD' },
  };
  const promotion = { breakdowns: dice.chance(0.5) ? [{ promotionId: `P${dice.int(1, 9)}` }] : [] };
  const item = { promotion, ...(dice.chance(0.7) && { proceeds: { breakdowns: [tax, ...shipping] } }) };
  return readItemMembers(new MemberScope(item, new MemberReader()), false);
}

function moneyOf(dice: Random) {
  return dice.chance(0.6) ? { amount: `${dice.int(1, 99)}.${dice.int(10, 99)}`, currencyCode: 'USD' } : null;
}
