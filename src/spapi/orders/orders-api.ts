import { createHash } from 'node:crypto';
import { SyncError } from '../../core/errors.js';
import { mapYielding } from '../../core/map-yielding.js';
import type { SpApiClient } from '../http/client.js';
import { failureBehind, isMalformedSearch, unexpectedAnswer } from '../http/errors.js';
import { includedData, lackingData } from './data-sets.js';
import type { OrderSource, OrdersPage } from './order-source.js';
import {
  encoded,
  MAX_PAGE_SIZE,
  ordersQueryString,
  upperBoundOf,
  withPageSize,
  withPageToken,
} from './orders-query.js';
import { isUnreadable, lacksFulfillment, readOrder } from './read-order.js';
import { wirePage, wireSingleOrder } from './wire-page.js';

const PATH = '/orders/2026-01-01/orders';

/** At most 3 s of delays: Amazon may be unable to return this one order (models#2607), and others wait behind it. */
const SINGLE_ORDER_RETRIES = { failures: 3 };

/** A second malformed answer is caused by an order (docs#970) or an outage. */
const MAX_MALFORMED = 2;

/** The Orders API, version 2026-01-01. */
export function createOrderSource(client: SpApiClient): OrderSource {
  return {
    async *searchOrders(query, watch, from) {
      const queryString = from?.query ?? ordersQueryString(query);
      const retries = { malformed: query.malformedTries ?? MAX_MALFORMED };
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

    async getOrder(orderId, watch, dataSets = []) {
      // Any other text would change the path of the URL.
      if (!/^[\w-]{1,100}$/.test(orderId)) return null;
      try {
        const query = encoded({ includedData: includedData(dataSets) });
        const answer = await client.get('getOrder', `${PATH}/${orderId}`, query, watch, SINGLE_ORDER_RETRIES);
        const read = wireSingleOrder.safeParse(answer);
        if (!read.success) throw unexpectedAnswer('getOrder');
        return readOrder(read.data.order, lackingData(query));
      } catch (error) {
        const failure = failureBehind(error);
        // A 404 without a code comes from another server, which doesn't know the path.
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

  // A single one may be a bad order; a whole page of them is a fault of Amazon's.
  if (sent.length > 1 && sent.every(lacksFulfillment)) {
    throw new SyncError(
      'SP_API_UNAVAILABLE',
      'Amazon left the requested status out of every order of a page. Nothing was overwritten; the next run retries.',
    );
  }
  const lacking = lackingData(query);
  const orders = await mapYielding(sent, (order) => readOrder(order, lacking));
  const token = pagination?.nextToken;
  return {
    orders: orders.flatMap((order) => (isUnreadable(order) ? [] : [order])),
    rejected: orders.filter(isUnreadable),
    lastUpdatedBefore: lastUpdatedBefore ?? upperBoundOf(query),
    next: token ? { query, token } : null,
  };
}

/** Empty pages in a row after which a search counts as endless: four hours at the default rate. */
const MAX_EMPTY_PAGES = 100;

/**
 * Detects an endless search (seen in the field: different tokens for the same page).
 * @returns a check for each page, which throws a SyncError for a repeated page or token and for too many empty pages
 */
function createPageGuard(): (page: OrdersPage) => void {
  const tokens = new Set<string>();
  const pages = new Set<string>();
  let empty = 0;

  return (page) => {
    const content = [
      ...page.orders.map((order) => `${order.orderId} ${order.lastUpdatedTime.getTime()}`),
      ...page.rejected.map((order) => JSON.stringify(order.payload)),
    ].join('\n');
    empty = content === '' ? empty + 1 : 0;

    const token = page.next?.token;
    const digest = createHash('sha256').update(content).digest('base64');
    if (content !== '' && pages.has(digest)) throw endless('the same page of orders twice');
    if (token !== undefined && tokens.has(token)) throw endless('the same page token twice');
    if (token !== undefined && empty >= MAX_EMPTY_PAGES)
      throw endless(`${empty} empty pages of orders in a row, each with a token for the next page`);
    if (content !== '') pages.add(digest);
    if (token !== undefined) tokens.add(token);
  };
}

function endless(what: string): SyncError {
  return new SyncError(
    'SP_API_UNAVAILABLE',
    `Amazon returned ${what}. What was read is kept; the next run reads the window again.`,
  );
}
