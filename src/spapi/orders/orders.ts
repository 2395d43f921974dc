import { SyncError } from '../../core/errors.js';
import { mapYielding } from '../../core/map-yielding.js';
import type { SpApiClient } from '../http/client.js';
import { failureBehind, isMalformedSearch, unexpectedAnswer } from '../http/errors.js';
import type { OrderSource, OrdersPage } from './order-source.js';
import {
  boundAskedFor,
  encoded,
  INCLUDED_DATA,
  MAX_PAGE_SIZE,
  ordersQueryString,
  withPageSize,
  withPageToken,
} from './orders-query.js';
import { createPageGuard } from './page-guard.js';
import { isUnreadable, lacksFulfillment, readOrder } from './read-order.js';
import { wirePage, wireSingleOrder } from './wire.js';

const PATH = '/orders/2026-01-01/orders';

/**
 * Three failures of one order's own call mean 3 s of waiting at most: it may be this order alone that Amazon can't return
 * (models#2607), and others wait behind it.
 */
const SINGLE_ORDER_RETRIES = { failures: 3 };

/** A malformed answer may be chance once; twice, it is an order (docs#970) or an outage. */
const MALFORMED_TRIES = 2;

/** The Orders API, version 2026-01-01. */
export function createOrderSource(client: SpApiClient): OrderSource {
  return {
    async *searchOrders(query, watch, from) {
      const queryString = from?.query ?? ordersQueryString(query);
      const retries = { malformed: query.malformedTries ?? MALFORMED_TRIES };
      const checkPage = createPageGuard();
      let size = query.firstPageSize ?? MAX_PAGE_SIZE;
      let next = from ?? null;
      for (;;) {
        const sent = withPageSize(next ? withPageToken(next) : queryString, size);
        let answer: unknown;
        try {
          answer = await client.get('searchOrders', PATH, sent, watch, retries);
        } catch (error) {
          if (query.firstPageSize === undefined || size === 1 || !isMalformedSearch(error)) throw error;
          size = Math.floor(size / 2);
          continue;
        }
        const page = await readPage(answer, queryString);
        checkPage(page);
        yield page;
        if (page.next === null) return;
        next = page.next;
        size = Math.min(MAX_PAGE_SIZE, size * 2);
      }
    },

    async getOrder(orderId, watch) {
      // Anything else would make another path of it.
      if (!/^[\w-]{1,100}$/.test(orderId)) return null;
      try {
        const answer = await client.get(
          'getOrder',
          `${PATH}/${orderId}`,
          encoded({ includedData: INCLUDED_DATA }),
          watch,
          SINGLE_ORDER_RETRIES,
        );
        const read = wireSingleOrder.safeParse(answer);
        if (!read.success) throw unexpectedAnswer('getOrder');
        return readOrder(read.data.order);
      } catch (error) {
        const failure = failureBehind(error);
        // Without a code it isn't Amazon that doesn't know the order, but some other server that doesn't know the path.
        if (failure?.status === 404 && failure.code !== null) return null;
        throw error;
      }
    },
  };
}

async function readPage(answer: unknown, query: string): Promise<OrdersPage> {
  const read = wirePage.safeParse(answer);
  if (!read.success) throw unexpectedAnswer('searchOrders');
  const { orders: sent, pagination, lastUpdatedBefore } = read.data;

  // One alone may be a bad order, which must not stop all others; a page of them is a fault of Amazon's.
  if (sent.length > 1 && sent.every(lacksFulfillment)) {
    throw new SyncError(
      'SP_API_UNAVAILABLE',
      'Amazon left the status out of every order of a page, though it was asked for. Nothing was overwritten; the next run tries again.',
    );
  }
  const orders = await mapYielding(sent, readOrder);
  const token = pagination?.nextToken;
  return {
    orders: orders.flatMap((order) => (isUnreadable(order) ? [] : [order])),
    rejected: orders.filter(isUnreadable),
    lastUpdatedBefore: lastUpdatedBefore ?? boundAskedFor(query),
    next: token ? { query, token } : null,
  };
}
