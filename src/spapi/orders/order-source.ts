import type { CallWatch } from '../http/call-watch.js';
import type { OptionalData } from './data-sets.js';
import type { Order } from './order.js';

/** A source of orders, as the sync engine uses it. */
export interface OrderSource {
  /**
   * Yields the orders whose last update lies in the window, page by page, in any order.
   * With `from`, continues after the page that returned it, with that page's query string.
   * @throws {SyncError} when a page can't be read after all retries
   */
  searchOrders(query: OrdersQuery, watch: CallWatch, from?: PageToken): AsyncGenerator<OrdersPage, void, undefined>;
  /**
   * Returns one order by its Amazon id; null if Amazon has none (too old, of another seller or another region).
   * @throws {SyncError}
   */
  getOrder(
    orderId: string,
    watch: CallWatch,
    dataSets?: readonly OptionalData[],
  ): Promise<Order | UnreadableOrder | null>;
}

/** Both bounds are inclusive; Amazon refuses an upper bound within the last two minutes. */
export interface OrdersQuery {
  readonly marketplaceIds: readonly string[];
  readonly lastUpdatedAfter: Date;
  readonly lastUpdatedBefore: Date;
  /** Asked for besides the required ones; none by default. */
  readonly dataSets?: readonly OptionalData[];
  /** Malformed answers to one request after which the search fails; 2 by default. */
  readonly malformedTries?: number;
  /** Size of the first page; it doubles with each page, up to 100. 100 by default. */
  readonly firstPageSize?: number;
}

/** The next page's token with the exact query string it belongs to; Amazon refuses any other. Valid for 24 hours. */
export interface PageToken {
  readonly query: string;
  readonly token: string;
}

export interface OrdersPage {
  readonly orders: readonly Order[];
  /** Orders of the page that could not be read. */
  readonly rejected: readonly UnreadableOrder[];
  /** The upper bound in Amazon's answer; the requested one if it has none. */
  readonly lastUpdatedBefore: Date;
  /** Null on the last page. */
  readonly next: PageToken | null;
}

export interface UnreadableOrder {
  readonly amazonOrderId: string | null;
  /** One sentence, without the order's values. */
  readonly reason: string;
  /** As received, without personal data. */
  readonly payload: unknown;
  /** Whether Amazon left out a part that it may send later, so that the order should be read again. */
  readonly isIncomplete: boolean;
}
