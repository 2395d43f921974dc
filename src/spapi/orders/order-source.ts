import type { SpApiFailure } from '../http/failure.js';
import type { Order } from './wire.js';

/** Where orders come from: all that the sync engine knows of Amazon. */
export interface OrderSource {
  /**
   * The orders whose last update lies in the window, a page at a time, in no promised order.
   * With `from`, goes on after the page that gave it; the query must be the one it was got with.
   * @throws {SyncError} when a page can't be had for a reason that waiting won't mend.
   */
  searchOrders(query: OrdersQuery, watch: CallWatch, from?: PageToken): AsyncGenerator<OrdersPage, void, undefined>;
  /**
   * One order by Amazon's id; null when Amazon knows none: too old, another seller's, or of another region.
   * @throws {SyncError}
   */
  getOrder(orderId: string, watch: CallWatch): Promise<Order | UnreadableOrder | null>;
}

/** Both bounds are inclusive; Amazon refuses an upper bound younger than two minutes. */
export interface OrdersQuery {
  readonly marketplaceIds: readonly string[];
  readonly lastUpdatedAfter: Date;
  readonly lastUpdatedBefore: Date;
  /** After how many malformed answers to the same request the search fails; 2 by default. */
  readonly malformedTries?: number;
  /** How many orders the first page holds at most; later pages double that, up to 100. By default all hold 100. */
  readonly firstPageSize?: number;
}

/** The next page's token with the exact query string that it belongs to: Amazon refuses any other. It lives 24 hours. */
export interface PageToken {
  readonly query: string;
  readonly token: string;
}

export interface OrdersPage {
  readonly orders: readonly Order[];
  /** Orders that could not be read; what else is on the page goes on. */
  readonly rejected: readonly UnreadableOrder[];
  /** The upper bound that Amazon says it answered for; the one asked for where it says none. */
  readonly lastUpdatedBefore: Date;
  /** Null on the last page. */
  readonly next: PageToken | null;
}

export interface UnreadableOrder {
  readonly amazonOrderId: string | null;
  /** What is wrong with it, in a sentence, without its values. */
  readonly reason: string;
  /** As it came, without personal data. */
  readonly payload: unknown;
  /** Whether Amazon left something out that it may tell another time: worth reading again. */
  readonly mayPass: boolean;
}

/** `QUOTA`: the operation's bucket is empty. `RETRY`: a try failed in a way that may pass. */
export type WaitReason = 'QUOTA' | 'RETRY';

/** How the one who waits for a call follows it and stops it. */
export interface CallWatch {
  readonly signal: AbortSignal;
  /** Before each request to Amazon's API, repeated ones too. */
  onRequest(): void;
  /** When the call starts to wait (the instant it will go on, and for what it waits), and with null when it goes on. */
  onWait(until: Date | null, reason: WaitReason | null): void;
  /** After each request that failed and is to be retried, the login's too. */
  onFailure?(failure: SpApiFailure): void;
  /** After each token taken from an operation's bucket: what is left in it, and how many drip in a second. */
  onQuota?(operation: string, left: { readonly tokens: number; readonly rate: number }): void;
}
