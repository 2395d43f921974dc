import type { Sql } from '../../src/database/database.js';
import type { Money, OrderBook, SimulatedItem, SimulatedOrder } from '../../src/simulator/simulator.js';

/** Duplicated on purpose: the comparison must not share code with the server. */
const TIME_ZONES: Record<string, string> = {
  ATVPDKIKX0DER: 'America/Los_Angeles',
  A2EUQ1WTGCTBG2: 'America/Los_Angeles',
  A1AM78C64UM0Y8: 'America/Mexico_City',
  A1F83G8C2ARO7P: 'Europe/London',
  A1PA6795UKMFR9: 'Europe/Berlin',
  A1VC38T7YXB528: 'Asia/Tokyo',
};
const CURRENCIES: Record<string, string> = {
  ATVPDKIKX0DER: 'USD',
  A2EUQ1WTGCTBG2: 'CAD',
  A1AM78C64UM0Y8: 'MXN',
  A1F83G8C2ARO7P: 'GBP',
  A1PA6795UKMFR9: 'EUR',
  A1VC38T7YXB528: 'JPY',
};

type Row = Record<string, unknown>;

export interface TruthOptions {
  /** Orders that may be missing in the mirror (default: none). */
  readonly without?: (order: SimulatedOrder) => boolean;
}

/**
 * Returns the first `most` differences between the mirror and the simulator's order book, one line each: every field of
 * orders, items, ledger and sales per day.
 */
export async function differences(
  sql: Sql,
  simulator: { readonly book: Pick<OrderBook, 'orders'> },
  { without = () => false }: TruthOptions = {},
  most = 10,
): Promise<string[]> {
  const reported = await reportedIds(sql);
  const orders = simulator.book
    .orders()
    .filter((order) => !without(order))
    .map((order) => (reported.has(order.orderId) ? asReported(order) : order));
  const found = [
    ...compare('order', orders.map(expectedOrder), await mirroredOrders(sql)),
    ...compare('item', orders.flatMap(expectedItems), await mirroredItems(sql)),
    ...compare('ledger line', orders.flatMap(expectedLines), await ledgerLines(sql)),
    ...compare('sales day', salesOf(orders.flatMap(expectedLines)), await mirroredSales(sql)),
  ];
  return found.slice(0, most);
}

/** Orders that the mirror has from a report. */
async function reportedIds(sql: Sql): Promise<ReadonlySet<string>> {
  const rows = await sql.query<{ id: string }>(
    `SELECT amazon_order_id AS id FROM amazon_order WHERE source = 'REPORT'`,
  );
  return new Set(rows.map(({ id }) => id));
}

/**
 * The order with what a report has of it: times in seconds, no marketplace off Amazon, no delivery tip, fewer members, and no
 * prices while the seller is to ship a pending order.
 */
function asReported(order: SimulatedOrder): ReportedOrder {
  const inSeconds = (time: string) => `${new Date(time).toISOString().slice(0, 19)}Z`;
  const isOffAmazon = order.salesChannel.channelName === 'NON_AMAZON';
  const isUnpriced = isPending(order) && order.fulfillment?.fulfilledBy === 'MERCHANT';
  const shown = structuredClone(order);
  if (isUnpriced) for (const part of [shown, ...shown.orderItems]) delete part.proceeds;
  return {
    ...shown,
    isReported: true,
    createdTime: inSeconds(order.createdTime),
    lastUpdatedTime: inSeconds(order.lastUpdatedTime),
    salesChannel: isOffAmazon ? { channelName: 'NON_AMAZON' } : order.salesChannel,
  };
}

type ReportedOrder = SimulatedOrder & { readonly isReported?: true };

function compare(what: string, expected: Row[], actual: Row[]): string[] {
  const found: string[] = [];
  const actualByKey = new Map<unknown, Row>();
  for (const row of actual) {
    if (actualByKey.has(row.key)) found.push(`${what} ${row.key}: there twice`);
    actualByKey.set(row.key, row);
  }
  for (const row of expected) {
    const other = actualByKey.get(row.key);
    actualByKey.delete(row.key);
    if (!other) found.push(`${what} ${row.key}: missing`);
    else
      for (const [field, value] of Object.entries(row))
        if (value !== undefined && JSON.stringify(value) !== JSON.stringify(other[field]))
          found.push(
            `${what} ${row.key}: ${field} is ${JSON.stringify(other[field])}, Amazon has ${JSON.stringify(value)}`,
          );
  }
  for (const key of actualByKey.keys()) found.push(`${what} ${key}: Amazon has none`);
  return found;
}

function marketplaceOf(order: SimulatedOrder): string {
  return order.salesChannel.marketplaceId ?? 'NON_AMAZON';
}

/** Words of Orders v0 and reports that the simulator uses, with the words that the mirror must store. */
const STATUSES: Record<string, string> = {
  Canceled: 'CANCELLED',
  CANCELED: 'CANCELLED',
  Cancelled: 'CANCELLED',
  Pending: 'PENDING',
  Unshipped: 'UNSHIPPED',
  PartiallyShipped: 'PARTIALLY_SHIPPED',
  Shipped: 'SHIPPED',
};

function statusOf(order: SimulatedOrder): string {
  const word = order.fulfillment?.fulfillmentStatus ?? '?';
  return STATUSES[word] ?? word;
}

function isPending(order: SimulatedOrder): boolean {
  return ['PENDING', 'PENDING_AVAILABILITY'].includes(statusOf(order));
}

/** Without its exponent: `1250E-2` is `12.50`. */
function plain(money: Money): Money {
  const [digits = '', exponent = '0'] = money.amount.split('E-');
  const decimals = Number(exponent);
  if (decimals === 0) return { ...money, amount: digits };
  const sign = digits.startsWith('-') ? '-' : '';
  const units = digits.slice(sign.length).padStart(decimals + 1, '0');
  return { ...money, amount: `${sign}${units.slice(0, -decimals)}.${units.slice(-decimals)}` };
}

/** A total of 0 means unknown while an order is pending, and after it was cancelled. */
function known(order: SimulatedOrder, money: Money | undefined): Money | null {
  if (!money) return null;
  const settled = !isPending(order) && statusOf(order) !== 'CANCELLED';
  return settled || Number(money.amount) !== 0 ? plain(money) : null;
}

function expectedOrder(order: ReportedOrder): Row {
  const total = known(order, order.isReported ? totalWithoutTip(order) : order.proceeds?.grandTotal);
  return {
    key: `${order.orderId} ${marketplaceOf(order)}`,
    purchased: new Date(order.createdTime).toISOString(),
    updated: new Date(order.lastUpdatedTime).toISOString(),
    status: statusOf(order),
    fulfilledBy: order.fulfillment?.fulfilledBy ?? null,
    amount: total?.amount ?? null,
    currency: total?.currencyCode ?? null,
    programs: order.isReported ? undefined : order.programs?.length ? order.programs : null,
    sellerOrderId: order.orderAliases?.find((alias) => alias.aliasType === 'SELLER_ORDER_ID')?.aliasId ?? null,
    shipBy: order.isReported ? undefined : instantIn(order.fulfillment?.shipByWindow, 'latestDateTime'),
  };
}

function totalWithoutTip({ proceeds }: SimulatedOrder): Money | undefined {
  const total = proceeds?.grandTotal;
  const tip = proceeds?.breakdowns?.find(({ type }) => type === 'DELIVERY_TIP');
  if (!total || !tip) return total;
  const hundredths = Math.round(Number(total.amount) * 100) - Math.round(Number(tip.subtotal.amount) * 100);
  return { ...total, amount: (hundredths / 100).toFixed(total.amount.includes('.') ? 2 : 0) };
}

function instantIn(range: unknown, bound: string): string | null {
  const instant = (range as Record<string, string> | undefined)?.[bound];
  return instant === undefined ? null : new Date(instant).toISOString();
}

function mirroredOrders(sql: Sql): Promise<Row[]> {
  return sql.query<Row>(
    `SELECT amazon_order_id || ' ' || marketplace_id AS key,
            to_char(purchase_date AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS purchased,
            to_char(last_update_date AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS updated,
            order_status AS status, fulfilled_by AS "fulfilledBy", order_total_amount::text AS amount,
            order_total_currency AS currency, programs, seller_order_id AS "sellerOrderId",
            to_char(ship_by_latest AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "shipBy"
       FROM amazon_order`,
  );
}

/**
 * Amazon omits rows of amount 0: a line with proceeds but without an ITEM row is free, unless the order is pending or
 * cancelled. A line of 0 units is free, unless the order is cancelled.
 */
function priceOf(order: SimulatedOrder, item: SimulatedItem): Money | null {
  const subtotal = item.proceeds?.breakdowns?.find((row) => row.type === 'ITEM')?.subtotal;
  if (item.quantityOrdered === 0) return statusOf(order) === 'CANCELLED' ? null : nothing(order, item);
  if (subtotal) return known(order, subtotal);
  const isFree = item.proceeds !== undefined && !isPending(order) && statusOf(order) !== 'CANCELLED';
  return isFree ? nothing(order, item) : null;
}

function nothing(order: SimulatedOrder, item: SimulatedItem): Money | null {
  const currencyCode =
    item.proceeds?.proceedsTotal?.currencyCode ??
    item.proceeds?.breakdowns?.[0]?.subtotal.currencyCode ??
    order.proceeds?.grandTotal?.currencyCode ??
    CURRENCIES[marketplaceOf(order)];
  return currencyCode === undefined ? null : { amount: '0', currencyCode };
}

/** Keeps the last of several lines with the same id. */
function linesOf(order: SimulatedOrder): SimulatedItem[] {
  return [...new Map(order.orderItems.map((item) => [item.orderItemId, item])).values()];
}

function expectedItems(order: ReportedOrder): Row[] {
  return linesOf(order).map((item) => ({
    key: `${item.orderItemId} ${order.orderId} ${marketplaceOf(order)}`,
    sku: item.product.sellerSku ?? null,
    asin: item.product.asin ?? null,
    title: item.product.title ?? null,
    quantity: item.quantityOrdered,
    amount: priceOf(order, item)?.amount ?? null,
    currency: priceOf(order, item)?.currencyCode ?? null,
    fulfilled: order.isReported ? undefined : (item.fulfillment?.quantityFulfilled ?? null),
    shipping: chargeOf(order, item, 'SHIPPING'),
    tax: chargeOf(order, item, 'TAX'),
    discount: chargeOf(order, item, 'DISCOUNT'),
  }));
}

/** Sums of these types are null if Amazon has no such row; the values of pending and cancelled orders may be older ones. */
function chargeOf(order: SimulatedOrder, item: SimulatedItem, type: string): string | null | undefined {
  if (isPending(order) || statusOf(order) === 'CANCELLED' || !item.proceeds) return undefined;
  const row = item.proceeds.breakdowns?.find((each) => each.type === type);
  // The mirror's discounts are positive.
  return row ? plain(row.subtotal).amount.replace(type === 'DISCOUNT' ? '-' : '', '') : null;
}

function mirroredItems(sql: Sql): Promise<Row[]> {
  return sql.query<Row>(
    `SELECT order_item_id || ' ' || amazon_order_id || ' ' || marketplace_id AS key, seller_sku AS sku, asin, title,
            quantity_ordered AS quantity, item_price_amount::text AS amount, item_price_currency AS currency,
            quantity_fulfilled AS fulfilled, shipping_price_amount::text AS shipping, tax_amount::text AS tax,
            discount_amount::text AS discount
       FROM amazon_order_item`,
  );
}

function expectedLines(order: SimulatedOrder): Row[] {
  if (statusOf(order) === 'CANCELLED' || order.salesChannel.channelName === 'NON_AMAZON') return [];
  const marketplace = marketplaceOf(order);
  const timeZone = TIME_ZONES[marketplace];
  if (!timeZone) throw new Error(`The truth helper doesn't know the time zone of ${marketplace}.`);
  return linesOf(order).map((item) => ({
    key: item.orderItemId,
    order: order.orderId,
    marketplace,
    day: new Intl.DateTimeFormat('en-CA', { timeZone }).format(new Date(order.createdTime)),
    sku: item.product.sellerSku ?? null,
    units: item.quantityOrdered,
    revenue: priceOf(order, item)?.amount ?? null,
    currency: priceOf(order, item)?.currencyCode ?? CURRENCIES[marketplace],
  }));
}

function ledgerLines(sql: Sql): Promise<Row[]> {
  return sql.query<Row>(
    `SELECT source_order_item_id AS key, order_id AS order, marketplace_id AS marketplace, order_date::text AS day, sku,
            units, revenue::text AS revenue, currency
       FROM order_items WHERE source = 'spapi'`,
  );
}

/** Sums in integer millionths, without floating point. */
function salesOf(lines: Row[]): Row[] {
  const days = new Map<string, { orders: Set<unknown>; units: number; revenue: bigint }>();
  for (const line of lines) {
    const key = `${line.day} ${line.currency}`;
    const day = days.get(key) ?? { orders: new Set(), units: 0, revenue: 0n };
    day.orders.add(line.order);
    day.units += Number(line.units);
    day.revenue += millionths(line.revenue as string | null);
    days.set(key, day);
  }
  return [...days].map(([key, day]) => ({
    key,
    orders: day.orders.size,
    units: String(day.units),
    revenue: day.revenue.toString(),
  }));
}

function millionths(amount: string | null): bigint {
  if (amount === null) return 0n;
  const [whole = '0', part = ''] = amount.replace('-', '').split('.');
  const value = BigInt(whole + part.padEnd(6, '0'));
  return amount.startsWith('-') ? -value : value;
}

function mirroredSales(sql: Sql): Promise<Row[]> {
  return sql.query<Row>(
    `SELECT order_date::text || ' ' || currency AS key, count(DISTINCT order_id)::int AS orders, sum(units)::text AS units,
            trunc(coalesce(sum(revenue), 0) * 1000000)::text AS revenue
       FROM order_items GROUP BY order_date, currency`,
  );
}
