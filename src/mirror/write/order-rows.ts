import { hash } from 'node:crypto';
import { mapYielding } from '../../core/map-yielding.js';
import type { OptionalData } from '../../spapi/orders/data-sets.js';
import type { ItemMembers } from '../../spapi/orders/item-members.js';
import { isZero, type Money, type Price } from '../../spapi/orders/money.js';
import type { Order, OrderItem } from '../../spapi/orders/order.js';
import type { OrderMembers } from '../../spapi/orders/order-members.js';

/** Marketplace ids of orders without one: sold outside of Amazon, and any other. */
const OFF_AMAZON = 'NON_AMAZON';
const UNKNOWN_MARKETPLACE = 'UNKNOWN';

/**
 * Raise it when this mapping or that of spapi/orders/read-order.ts changes: stored rows are then mapped again from their
 * payload (remap-orders.ts).
 */
export const MAPPING_VERSION = 4;

/** Part of each hash; it was the mapping's version when the first hashes were stored. */
const HASH_PREFIX = '3';

/** Where an order was read: from the Orders API, or from a report, which has fewer members. */
export type RowSource = 'API' | 'REPORT';

/** A row of `amazon_order`, as it is merged. */
export interface OrderRow {
  readonly source: RowSource;
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
  /** Hash of the payload, from which all other members are derived. */
  readonly contentHash: string;
  /** Hash of the items, and of the status, which determines whether their amounts are unknown. */
  readonly itemsHash: string | null;
  /** Empty if Amazon sent none: stored items are then kept, since every order has items. */
  readonly items: readonly ItemRow[];
  /** Members of the order that could not be read, and why. */
  readonly notes: readonly string[];
  /** Whether its items should be read again by the order's id. */
  readonly linesInDoubt: boolean;
  /** Further columns (member-columns.ts). */
  readonly members: OrderMembers;
  /** Data sets that Amazon was not asked for: stored values of theirs are kept. */
  readonly lackingData: readonly OptionalData[];
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
  /** Further columns (member-columns.ts). */
  readonly members: ItemMembers;
}

/** Returns the rows of orders. Of an order that occurs twice, in one marketplace or two, the newer version is kept. */
export async function orderRows(orders: readonly Order[], source: RowSource = 'API'): Promise<OrderRow[]> {
  return newestOfEach(await mapYielding(orders, (order) => orderRow(order, source)));
}

/** Returns each order once, in its newest version; of equal ones the last. */
export function newestOfEach(rows: readonly OrderRow[]): OrderRow[] {
  const newest = new Map<string, OrderRow>();
  for (const row of rows) {
    const other = newest.get(row.amazonOrderId);
    if (!other || other.lastUpdateDate <= row.lastUpdateDate) newest.set(row.amazonOrderId, row);
  }
  return [...newest.values()];
}

export function orderRow(order: Order, source: RowSource): OrderRow {
  const { orderItems: _items, ...raw } = order.raw;
  const rawPayload = JSON.stringify(raw);
  const items = order.items.map((item) => itemRow(order, item));
  return {
    source,
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
    members: order,
    lackingData: order.lackingData,
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
    members: item,
  };
}

/** A cancelled order's amounts may come as 0, which must not replace known ones. */
function unlessZeroed<Amount extends Money | Price>(order: Order, amount: Amount | null): Amount | null {
  return order.fulfillmentStatus === 'CANCELLED' && amount && isZero(amount) ? null : amount;
}

/** Compact JSON has no line breaks, so that joining different lists of texts never gives the same text. */
function hashOf(...texts: readonly string[]): string {
  return hash('sha256', `${HASH_PREFIX}\n${texts.join('\n')}`, 'base64url');
}
