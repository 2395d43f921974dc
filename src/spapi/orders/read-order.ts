import { isJsonObject, type JsonObject, type JsonValue } from '../http/answer.js';
import type { OptionalData } from './data-sets.js';
import { readItemMembers } from './item-members.js';
import { readItemPrice } from './item-price.js';
import { MemberReader } from './member-reader.js';
import { MemberScope } from './member-scope.js';
import { isZero, type Money } from './money.js';
import { readNeededMembers } from './needed-members.js';
import type { Order, OrderItem } from './order.js';
import { readOrderMembers } from './order-members.js';
import type { UnreadableOrder } from './order-source.js';
import { channelName, fulfiller, orderStatus } from './order-vocabulary.js';
import { withoutPersonalData } from './personal-data.js';
import { code, key, list, money, object, quantity, text } from './wire.js';

/** Raise it when unreadable orders become readable: sync/read/orders-to-reread.ts then reads rejected orders again. */
export const READER_VERSION = 2;

/**
 * Parses an order of Amazon's answer, without personal data. One without a valid id or date is returned as unreadable; any
 * other unreadable member becomes null, with a note. Never throws.
 * @param lacking data sets that Amazon was not asked for
 */
export function readOrder(sent: unknown, lacking: readonly OptionalData[] = []): Order | UnreadableOrder {
  const raw = withoutPersonalData(sent as JsonValue);
  if (!isJsonObject(raw)) {
    return { amazonOrderId: null, reason: 'The order is not a JSON object.', payload: raw, isIncomplete: false };
  }
  if (lacksFulfillment(raw)) return unreadable(raw, LEFT_OUT);

  const members = new MemberReader();
  const sentItems = members.required(list, raw.orderItems, 'orderItems') ?? [];
  const needed = readNeededMembers(raw, sentItems);
  if (typeof needed === 'string') return unreadable(raw, needed);
  const { salesChannel, itemIds } = needed;
  if (Array.isArray(raw.orderItems) && itemIds.length === 0) members.note('orderItems', 'is empty');

  const channel = members.required(key, salesChannel.channelName, 'salesChannel.channelName');
  const fulfillment = members.required(object, raw.fulfillment, 'fulfillment');
  const statusWord =
    fulfillment && members.required(key, fulfillment.fulfillmentStatus, 'fulfillment.fulfillmentStatus');
  const status = statusWord && orderStatus(statusWord);
  const fulfilledBy = members.optional(key, fulfillment?.fulfilledBy, 'fulfillment.fulfilledBy');
  const proceeds = members.optional(object, raw.proceeds, 'proceeds');
  const grandTotal = members.optional(money, proceeds?.grandTotal, 'proceeds.grandTotal');
  const isSettled = status !== null && !isPending(status);

  const zeroIsUnknown = !isSettled || status === 'CANCELLED';
  const items = itemIds.map((orderItemId, index) => {
    const place = `orderItems.${index}`;
    return readItem(orderItemId, sentItems[index] as JsonObject, { place, members, raw, isSettled, zeroIsUnknown });
  });
  const { lines, contradict } = withoutDuplicates(items, members);
  // Assigned, since a spread of so many members takes a hundred times as long (measured with Node 20).
  return Object.assign(readOrderMembers(new MemberScope(raw, members)), {
    orderId: needed.orderId,
    createdTime: needed.createdTime,
    lastUpdatedTime: needed.lastUpdatedTime,
    channelName: channel && channelName(channel),
    marketplaceId: needed.marketplaceId,
    marketplaceName: members.optional(key, salesChannel.marketplaceName, 'salesChannel.marketplaceName'),
    fulfillmentStatus: status,
    fulfilledBy: fulfilledBy && fulfiller(fulfilledBy),
    grandTotal: unlessUnsettledZero(grandTotal, isSettled),
    items: lines,
    notes: members.notes(),
    linesInDoubt: contradict || lines.length === 0 || lines.some((line) => line.quantityOrdered === null),
    lackingData: lacking,
    raw,
  });
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

/** Seen in the field: a pending order has a price, none, or a 0 that is replaced days later. */
function unlessUnsettledZero(amount: Money | null, isSettled: boolean): Money | null {
  return amount && !isSettled && isZero(amount) ? null : amount;
}

interface LineContext {
  readonly place: string;
  readonly members: MemberReader;
  /** The whole order. */
  readonly raw: JsonObject;
  /** Whether the order is known not to be pending; a price of 0 is then final. */
  readonly isSettled: boolean;
  /** Whether amounts of 0 mean unknown: in a pending or cancelled order (field). */
  readonly zeroIsUnknown: boolean;
}

function readItem(orderItemId: string, item: JsonObject, context: LineContext): OrderItem {
  const { place, members, raw, isSettled, zeroIsUnknown } = context;
  const product = members.required(object, item.product, `${place}.product`) ?? {};
  const quantityOrdered = members.required(quantity, item.quantityOrdered, `${place}.quantityOrdered`);
  return Object.assign(readItemMembers(new MemberScope(item, members, null, place), zeroIsUnknown), {
    orderItemId,
    quantityOrdered,
    sellerSku: members.optional(code, product.sellerSku, `${place}.product.sellerSku`),
    asin: members.optional(code, product.asin, `${place}.product.asin`),
    title: members.optional(text, product.title, `${place}.product.title`),
    itemPrice: readItemPrice({ item, order: raw, quantityOrdered, isSettled }, members, `${place}.proceeds`),
    raw: item,
  });
}

/** Removes repeated lines. Of different lines with one id the last is kept. */
function withoutDuplicates(
  items: readonly OrderItem[],
  members: MemberReader,
): { lines: OrderItem[]; contradict: boolean } {
  const byId = new Map<string, OrderItem>();
  let contradict = false;
  for (const [index, item] of items.entries()) {
    const other = byId.get(item.orderItemId);
    if (other && JSON.stringify(other.raw) !== JSON.stringify(item.raw)) {
      contradict = true;
      members.note(`orderItems.${index}`, 'has the id of an earlier line with other content; the last one is kept');
    }
    byId.set(item.orderItemId, item);
  }
  return { lines: [...byId.values()], contradict };
}

function unreadable(raw: JsonObject, reason: string): UnreadableOrder {
  const id = raw.orderId;
  const amazonOrderId = typeof id === 'string' && id !== '' && id.length <= 200 ? id : null;
  return { amazonOrderId, reason, payload: raw, isIncomplete: reason === LEFT_OUT };
}
