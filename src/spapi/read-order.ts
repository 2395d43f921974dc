import type { z } from 'zod';
import { isJsonObject, type JsonObject, type JsonValue } from './json.js';
import { isZero, sum } from './money.js';
import type { UnreadableOrder } from './order-source.js';
import { withoutPersonalData } from './personal-data.js';
import { type Money, type Order, type OrderItem, type WireItem, wireOrder } from './wire.js';

/** Raise it when orders that could not be read before can be read now: those set aside are then tried again. */
export const READER_VERSION = 1;

/** An order of Amazon's answer, without personal data, or why it can't be read. Never throws. */
export function readOrder(sent: unknown): Order | UnreadableOrder {
  // Everything in a parsed answer is JSON.
  const raw = withoutPersonalData(sent as JsonValue);
  if (!isJsonObject(raw)) {
    return { amazonOrderId: null, reason: 'The order is not a JSON object.', payload: raw, mayPass: false };
  }

  const read = wireOrder.safeParse(raw);
  if (!read.success) return unreadable(raw, lacksFulfillment(raw) ? LEFT_OUT : complaint(read.error));
  const order = read.data;

  const known = isPending(order.fulfillment.fulfillmentStatus) ? unlessZero : asTold;
  return {
    orderId: order.orderId,
    createdTime: order.createdTime,
    lastUpdatedTime: order.lastUpdatedTime,
    channelName: order.salesChannel.channelName,
    marketplaceId: order.salesChannel.marketplaceId ?? null,
    marketplaceName: order.salesChannel.marketplaceName ?? null,
    fulfillmentStatus: order.fulfillment.fulfillmentStatus,
    fulfilledBy: order.fulfillment.fulfilledBy ?? null,
    grandTotal: known(order.proceeds?.grandTotal ?? null),
    items: order.orderItems.map((item, index) => readItem(item, itemsOf(raw)[index] ?? {}, known)),
    raw,
  };
}

export function isUnreadable(order: Order | UnreadableOrder): order is UnreadableOrder {
  return 'reason' in order;
}

/** Whether an order came without the status that was asked for. */
export function lacksFulfillment(order: unknown): boolean {
  return isJsonObject(order as JsonValue) && (order as JsonObject).fulfillment == null;
}

const LEFT_OUT = 'Amazon left out fulfillment, and with it the status, though it was asked for.';

/** Seen in the field: a pending order may show a price, none, or a 0 that is filled in days later. */
function isPending(status: string): boolean {
  return status === 'PENDING' || status === 'PENDING_AVAILABILITY';
}

type Known = (money: Money | null) => Money | null;
const asTold: Known = (money) => money;
const unlessZero: Known = (money) => (money && isZero(money) ? null : money);

function readItem(item: WireItem, raw: JsonObject, known: Known): OrderItem {
  return {
    orderItemId: item.orderItemId,
    quantityOrdered: item.quantityOrdered,
    sellerSku: item.product.sellerSku ?? null,
    asin: item.product.asin ?? null,
    title: item.product.title ?? null,
    itemSubtotal: known(sum(item.proceeds?.breakdowns ?? [])),
    raw,
  };
}

function itemsOf(raw: JsonObject): readonly JsonObject[] {
  return raw.orderItems as readonly JsonObject[];
}

function unreadable(raw: JsonObject, reason: string): UnreadableOrder {
  const id = raw.orderId;
  const amazonOrderId = typeof id === 'string' && id !== '' && id.length <= 200 ? id : null;
  return { amazonOrderId, reason, payload: raw, mayPass: reason === LEFT_OUT };
}

/** Names the places, never what stands there. */
function complaint(error: z.ZodError): string {
  const first = error.issues.slice(0, 3).map(({ path, message }) => `${path.join('.')}: ${message}`);
  const more = error.issues.length - first.length;
  return `${first.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
