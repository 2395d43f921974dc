import type { JsonObject } from '../http/answer.js';
import { MemberReader } from './member-reader.js';
import { instant, key, object } from './wire.js';

/** What the mirror needs of an order. */
export interface NeededMembers {
  readonly orderId: string;
  readonly createdTime: Date;
  readonly lastUpdatedTime: Date;
  readonly salesChannel: Readonly<Record<string, unknown>>;
  readonly marketplaceId: string | null;
  /** Of each line. */
  readonly itemIds: readonly string[];
}

/** Reads ids and dates. If one is unreadable, returns the reason in its place: an order can't be mirrored without them. */
export function readNeededMembers(raw: JsonObject, items: readonly unknown[]): NeededMembers | string {
  const members = new MemberReader();
  const orderId = members.required(key, raw.orderId, 'orderId');
  const createdTime = members.required(instant, raw.createdTime, 'createdTime');
  const lastUpdatedTime = members.required(instant, raw.lastUpdatedTime, 'lastUpdatedTime');
  const salesChannel = members.required(object, raw.salesChannel, 'salesChannel');
  const marketplaceId = members.optional(key, salesChannel?.marketplaceId, 'salesChannel.marketplaceId');
  if (salesChannel && salesChannel.marketplaceId == null && typeof salesChannel.channelName !== 'string')
    members.note('salesChannel', 'names neither channel nor marketplace');
  const itemIds = items.map((sent, index) => {
    const item = members.required(object, sent, `orderItems.${index}`);
    return item && members.required(key, item.orderItemId, `orderItems.${index}.orderItemId`);
  });
  if (members.notes().length > 0 || !orderId || !createdTime || !lastUpdatedTime || !salesChannel)
    return reasonOf(members.notes());
  return { orderId, createdTime, lastUpdatedTime, salesChannel, marketplaceId, itemIds: itemIds as string[] };
}

/** Returns the first paths and reasons, never the values. */
function reasonOf(notes: readonly string[]): string {
  const first = notes.slice(0, 3);
  const more = notes.length - first.length;
  return `${first.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
