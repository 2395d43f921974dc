import { hash } from 'node:crypto';
import { mapYielding } from '../../core/map-yielding.js';
import { isZero } from '../../spapi/orders/money.js';
import type { Money, Order, OrderItem, Price } from '../../spapi/orders/wire.js';

/** Under which orders that carry no marketplace id are kept: those sold off Amazon, and any other. */
export const OFF_AMAZON = 'NON_AMAZON';
const UNKNOWN_MARKETPLACE = 'UNKNOWN';

/** Raise it when the mapping changes, or what spapi/read-order.ts makes of an order: rows of an older mapping are then written again when they are next seen. */
const MAPPING_VERSION = 3;

/** A row of `amazon_order`, in the form that the statements take. */
export interface OrderRow {
  readonly amazonOrderId: string;
  readonly marketplaceId: string;
  readonly marketplaceName: string | null;
  readonly purchaseDate: Date;
  readonly lastUpdateDate: Date;
  /** Null if it could not be read, as the channel: then a known one stays. */
  readonly orderStatus: string | null;
  readonly fulfilledBy: string | null;
  readonly channelName: string | null;
  readonly orderTotal: Money | null;
  /** JSON text, without the items: they have their own. */
  readonly rawPayload: string;
  /** Of all above: it all follows from the payload, by this mapping. */
  readonly contentHash: string;
  /** Of `items`, and of the status, by which their amounts may be unknown. */
  readonly itemsHash: string;
  /** Empty if Amazon named none: then known ones stay, since no order is without lines. */
  readonly items: readonly ItemRow[];
  /** Places of the order that could not be read, and why. */
  readonly notes: readonly string[];
  /** Whether its items should be read again by the order's id. */
  readonly linesInDoubt: boolean;
}

/** A row of `amazon_order_item`. */
export interface ItemRow {
  readonly orderItemId: string;
  readonly sellerSku: string | null;
  readonly asin: string | null;
  readonly title: string | null;
  /** Null if it could not be read: then a known one stays. */
  readonly quantityOrdered: number | null;
  /** Null while unknown: then a known one stays. Without a currency it has that of the line as it was, of the order or the marketplace. */
  readonly itemPrice: Price | null;
  readonly rawPayload: string;
}

/** The rows of a page's orders; of an order that is on it twice, under whichever marketplaces, the newer. */
export function orderRows(orders: readonly Order[]): OrderRow[] {
  return eachOnce(orders.map(orderRow));
}

/** The same, with turns for everything else meanwhile. */
export async function orderRowsInTurns(orders: readonly Order[]): Promise<OrderRow[]> {
  return eachOnce(await mapYielding(orders, orderRow));
}

function eachOnce(rows: readonly OrderRow[]): OrderRow[] {
  const newest = new Map<string, OrderRow>();
  for (const row of rows) {
    const other = newest.get(row.amazonOrderId);
    if (!other || other.lastUpdateDate <= row.lastUpdateDate) newest.set(row.amazonOrderId, row);
  }
  return [...newest.values()];
}

function orderRow(order: Order): OrderRow {
  const { orderItems: _items, ...raw } = order.raw;
  const rawPayload = JSON.stringify(raw);
  const items = order.items.map((item) => itemRow(order, item));
  return {
    amazonOrderId: order.orderId,
    marketplaceId: order.marketplaceId ?? (order.channelName === 'NON_AMAZON' ? OFF_AMAZON : UNKNOWN_MARKETPLACE),
    marketplaceName: order.marketplaceName,
    purchaseDate: order.createdTime,
    lastUpdateDate: order.lastUpdatedTime,
    orderStatus: order.fulfillmentStatus,
    fulfilledBy: order.fulfilledBy,
    channelName: order.channelName,
    orderTotal: unlessEmptied(order, order.grandTotal),
    rawPayload,
    contentHash: hashOf(rawPayload),
    itemsHash: hashOf(order.fulfillmentStatus ?? '', ...items.map((item) => item.rawPayload)),
    items,
    notes: order.notes,
    linesInDoubt: order.linesInDoubt,
  };
}

function itemRow(order: Order, item: OrderItem): ItemRow {
  return {
    orderItemId: item.orderItemId,
    sellerSku: item.sellerSku,
    asin: item.asin,
    title: item.title,
    quantityOrdered: item.quantityOrdered,
    itemPrice: unlessEmptied(order, item.itemPrice),
    rawPayload: JSON.stringify(item.raw),
  };
}

/** A cancelled order's amounts may come as 0: that means nothing, and must not replace what was known before. */
function unlessEmptied<Amount extends Money | Price>(order: Order, amount: Amount | null): Amount | null {
  return order.fulfillmentStatus === 'CANCELLED' && amount && isZero(amount) ? null : amount;
}

/** JSON texts have no line breaks, so that no two lists of them are the same text. */
function hashOf(...texts: readonly string[]): string {
  return hash('sha256', `${MAPPING_VERSION}\n${texts.join('\n')}`, 'base64url');
}
