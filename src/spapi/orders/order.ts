import type { JsonObject } from '../http/answer.js';
import type { OptionalData } from './data-sets.js';
import type { ItemMembers } from './item-members.js';
import type { Money, Price } from './money.js';
import type { OrderMembers } from './order-members.js';

/** A validated order of the Orders API 2026-01-01, without personal data. */
export interface Order extends OrderMembers {
  readonly orderId: string;
  readonly createdTime: Date;
  readonly lastUpdatedTime: Date;
  /** AMAZON, NON_AMAZON or a new value of Amazon's; null if unreadable. */
  readonly channelName: string | null;
  /** May be null for orders placed outside of Amazon. */
  readonly marketplaceId: string | null;
  readonly marketplaceName: string | null;
  /** PENDING, UNSHIPPED, SHIPPED, CANCELLED … or a new value of Amazon's; null if unreadable. */
  readonly fulfillmentStatus: string | null;
  /** AMAZON, MERCHANT or a new value of Amazon's. */
  readonly fulfilledBy: string | null;
  /** Null while unknown; a total of 0 on a pending order means unknown. */
  readonly grandTotal: Money | null;
  /** Empty if Amazon sent none, which means unknown: every order has lines. */
  readonly items: readonly OrderItem[];
  /** Unreadable members as `path: reason`, never with their values. */
  readonly notes: readonly string[];
  /** Whether its lines are missing or contradictory, so that it should be read again by its id. */
  readonly linesInDoubt: boolean;
  /** Data sets that Amazon was not asked for, so that absent members of theirs may exist. */
  readonly lackingData: readonly OptionalData[];
  /** The whole order including `orderItems`, without personal data; storable as jsonb. */
  readonly raw: JsonObject;
}

export interface OrderItem extends ItemMembers {
  readonly orderItemId: string;
  /** 0 to 1,000,000; null if unreadable. */
  readonly quantityOrdered: number | null;
  readonly sellerSku: string | null;
  readonly asin: string | null;
  readonly title: string | null;
  /** The ITEM proceeds of all units; null while unknown. */
  readonly itemPrice: Price | null;
  readonly raw: JsonObject;
}
