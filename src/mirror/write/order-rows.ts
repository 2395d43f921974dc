import { hash } from 'node:crypto';
import { mapYielding } from '../../core/map-yielding.js';
import { isZero, type Money, type Price } from '../../spapi/orders/money.js';
import type { Order, OrderItem } from '../../spapi/orders/wire.js';

/** Marketplace ids of orders without one: sold outside of Amazon, and any other. */
const OFF_AMAZON = 'NON_AMAZON';
const UNKNOWN_MARKETPLACE = 'UNKNOWN';

/**
 * Raise it when this mapping or that of spapi/orders/read-order.ts changes: stored rows are then rewritten when they are
 * next read from Amazon.
 */
const MAPPING_VERSION = 3;

/** A row of `amazon_order`, as it is merged. */
export interface OrderRow {
  readonly amazonOrderId: string;
  readonly marketplaceId: string;
  readonly marketplaceName: string | null;
  readonly purchaseDate: Date;
  readonly lastUpdateDate: Date;
  /** Null if it could not be read (as for `channelName`): the stored value is then kept. */
  readonly orderStatus: string | null;
  readonly fulfilledBy: string | null;
  readonly channelName: string | null;
  readonly orderTotal: Money | null;
  /** JSON text, without the items. */
  readonly rawPayload: string;
  /** Hash of the payload, from which all members above are derived, and of the mapping's version. */
  readonly contentHash: string;
  /** Hash of the items, and of the status, which determines whether their amounts are unknown. */
  readonly itemsHash: string;
  /** Empty if Amazon sent none: stored items are then kept, since every order has items. */
  readonly items: readonly ItemRow[];
  /** Members of the order that could not be read, and why. */
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
  /** Null if it could not be read: the stored value is then kept. */
  readonly quantityOrdered: number | null;
  /** Null while unknown: the stored price is then kept. A missing currency is taken from stored item, order or marketplace. */
  readonly itemPrice: Price | null;
  readonly rawPayload: string;
}

/** Returns the rows of orders. Of an order that occurs twice, in one marketplace or two, the newer version is kept. */
export async function orderRows(orders: readonly Order[]): Promise<OrderRow[]> {
  const newest = new Map<string, OrderRow>();
  for (const row of await mapYielding(orders, orderRow)) {
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
    orderTotal: unlessZeroed(order, order.grandTotal),
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
    itemPrice: unlessZeroed(order, item.itemPrice),
    rawPayload: JSON.stringify(item.raw),
  };
}

/** A cancelled order's amounts may come as 0, which must not replace known ones. */
function unlessZeroed<Amount extends Money | Price>(order: Order, amount: Amount | null): Amount | null {
  return order.fulfillmentStatus === 'CANCELLED' && amount && isZero(amount) ? null : amount;
}

/** Compact JSON has no line breaks, so that joining different lists of texts never gives the same text. */
function hashOf(...texts: readonly string[]): string {
  return hash('sha256', `${MAPPING_VERSION}\n${texts.join('\n')}`, 'base64url');
}
