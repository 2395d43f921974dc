import type { z } from 'zod';
import { isJsonObject, type JsonObject, type JsonValue } from '../http/json.js';
import { readItemPrice } from './item-price.js';
import { issueReason, MemberReader } from './member-reader.js';
import { isZero } from './money.js';
import type { UnreadableOrder } from './order-source.js';
import { channelName, fulfiller, orderStatus } from './order-words.js';
import { withoutPersonalData } from './personal-data.js';
import {
  code,
  key,
  list,
  type Money,
  money,
  type Order,
  type OrderItem,
  object,
  quantity,
  text,
  wireOrder,
} from './wire.js';

/** Raise it when orders that could not be read before can be read now: rejected ones are then read again. */
export const READER_VERSION = 2;

/**
 * An order of Amazon's answer, without personal data, or why it can't be read: for want of an id or a date. Any other member
 * that can't be read is null, and noted. Never throws.
 */
export function readOrder(sent: unknown): Order | UnreadableOrder {
  // Everything in a parsed answer is JSON.
  const raw = withoutPersonalData(sent as JsonValue);
  if (!isJsonObject(raw)) {
    return { amazonOrderId: null, reason: 'The order is not a JSON object.', payload: raw, mayPass: false };
  }
  if (lacksFulfillment(raw)) return unreadable(raw, LEFT_OUT);

  const members = new MemberReader();
  const sentItems = members.required(list, raw.orderItems, 'orderItems') ?? [];
  const read = wireOrder.safeParse({ ...raw, orderItems: sentItems }, { error: issueReason });
  if (!read.success) return unreadable(raw, complaint(read.error));
  const { salesChannel, orderItems, ...order } = read.data;
  if (Array.isArray(raw.orderItems) && orderItems.length === 0) members.note('orderItems', 'is empty');

  const channel = members.required(key, salesChannel.channelName, 'salesChannel.channelName');
  const { marketplaceName } = raw.salesChannel as JsonObject;
  const fulfillment = members.required(object, raw.fulfillment, 'fulfillment');
  const statusWord =
    fulfillment && members.required(key, fulfillment.fulfillmentStatus, 'fulfillment.fulfillmentStatus');
  const status = statusWord && orderStatus(statusWord);
  const fulfilledBy = members.optional(key, fulfillment?.fulfilledBy, 'fulfillment.fulfilledBy');
  const proceeds = members.optional(object, raw.proceeds, 'proceeds');
  const grandTotal = members.optional(money, proceeds?.grandTotal, 'proceeds.grandTotal');
  const isSettled = status !== null && !isPending(status);

  const items = orderItems.map(({ orderItemId }, index) => {
    const place = `orderItems.${index}`;
    return readItem(orderItemId, sentItems[index] as JsonObject, { place, members, raw, isSettled });
  });
  const { lines, contradict } = eachOnce(items, members);
  return {
    ...order,
    channelName: channel && channelName(channel),
    marketplaceId: salesChannel.marketplaceId ?? null,
    marketplaceName: members.optional(key, marketplaceName, 'salesChannel.marketplaceName'),
    fulfillmentStatus: status,
    fulfilledBy: fulfilledBy && fulfiller(fulfilledBy),
    grandTotal: unlessUnsettledZero(grandTotal, isSettled),
    items: lines,
    notes: members.notes(),
    linesInDoubt: contradict || lines.length === 0 || lines.some((line) => line.quantityOrdered === null),
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

function isPending(status: string): boolean {
  return status === 'PENDING' || status === 'PENDING_AVAILABILITY';
}

/** Seen in the field: a pending order may show a price, none, or a 0 that is filled in days later. */
function unlessUnsettledZero(amount: Money | null, isSettled: boolean): Money | null {
  return amount && !isSettled && isZero(amount) ? null : amount;
}

/** Where a line stands. */
interface LineContext {
  readonly place: string;
  readonly members: MemberReader;
  /** The whole order. */
  readonly raw: JsonObject;
  /** Whether the order is known not to be pending, so that a price of 0 is a price. */
  readonly isSettled: boolean;
}

function readItem(orderItemId: string, item: JsonObject, context: LineContext): OrderItem {
  const { place, members, raw, isSettled } = context;
  const product = members.required(object, item.product, `${place}.product`) ?? {};
  const quantityOrdered = members.required(quantity, item.quantityOrdered, `${place}.quantityOrdered`);
  return {
    orderItemId,
    quantityOrdered,
    sellerSku: members.optional(code, product.sellerSku, `${place}.product.sellerSku`),
    asin: members.optional(code, product.asin, `${place}.product.asin`),
    title: members.optional(text, product.title, `${place}.product.title`),
    itemPrice: readItemPrice({ item, order: raw, quantityOrdered, isSettled }, members, `${place}.proceeds`),
    raw: item,
  };
}

/** A line that came twice, the same, is one line. Of different ones with one id the last counts. */
function eachOnce(items: readonly OrderItem[], members: MemberReader): { lines: OrderItem[]; contradict: boolean } {
  const byId = new Map<string, OrderItem>();
  let contradict = false;
  for (const [index, item] of items.entries()) {
    const other = byId.get(item.orderItemId);
    if (other && JSON.stringify(other.raw) !== JSON.stringify(item.raw)) {
      contradict = true;
      members.note(`orderItems.${index}`, 'has the id of a line before it and other content; the last one counts');
    }
    byId.set(item.orderItemId, item);
  }
  return { lines: [...byId.values()], contradict };
}

function unreadable(raw: JsonObject, reason: string): UnreadableOrder {
  const id = raw.orderId;
  const amazonOrderId = typeof id === 'string' && id !== '' && id.length <= 200 ? id : null;
  return { amazonOrderId, reason, payload: raw, mayPass: reason === LEFT_OUT };
}

/** Names the places, never the values. */
function complaint(error: z.ZodError): string {
  const first = error.issues.slice(0, 3).map(({ path, message }) => `${path.join('.')}: ${message}`);
  const more = error.issues.length - first.length;
  return `${first.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
