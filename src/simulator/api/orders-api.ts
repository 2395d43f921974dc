import type { OrderTexts } from '../orders/included-data.js';
import { withData } from '../orders/included-data.js';
import type { OrderBook } from '../orders/order-book.js';
import type { Listed } from '../orders/order-search.js';
import type { Reply } from './http.js';
import { invalidInput, notFound, unauthorized } from './http.js';
import { openToken, sealToken } from './page-tokens.js';
import { latestBound, parseIncludedData, parseSearch, refuseUnknown, type SearchQuery } from './search-query.js';

/** The data that the Orders API serves. */
export interface OrdersAccount {
  book: OrderBook;
  /** The account's marketplaces. */
  marketplaceIds: readonly string[];
  /** Amazon promises no order of results. */
  order: 'updated' | 'shuffled';
  /** Maximum page size, which may be below the requested one. */
  maxPerPage: number;
  /** Cached JSON of the orders, if enabled. */
  texts?: OrderTexts | undefined;
}

/** Faults of one answer. */
export interface AnswerFaults {
  /** The page's token leads to this same page again. */
  repeat: boolean;
  /** The answer will be changed before it is sent. */
  toBeChanged: boolean;
}

/** searchOrders: one page, read from the book as it is at this moment. */
export function searchOrders(
  account: OrdersAccount,
  query: URLSearchParams,
  now: number,
  { repeat, toBeChanged }: AnswerFaults,
): Reply {
  const search = parseSearch(query, now);
  refuseForeign(search.marketplaceIds, account.marketplaceIds);
  const token = search.paginationToken === undefined ? undefined : openToken(search.paginationToken, query, now);
  const before = search.before ?? token?.before ?? latestBound(now);
  const { orders, next } = account.book.search({
    sortedBy: account.order === 'shuffled' ? 'shuffled' : search.time,
    time: search.time,
    after: search.after,
    before,
    matches: (order) => matches(order, search),
    position: token?.position,
    limit: Math.min(search.limit, account.maxPerPage),
  });
  const goesOn = repeat || next !== undefined;
  const position = repeat ? token?.position : next;
  const others = {
    ...(goesOn && { pagination: { nextToken: sealToken({ position, before }, query, now) } }),
    [search.time === 'created' ? 'createdBefore' : 'lastUpdatedBefore']: new Date(before).toISOString(),
  };
  const versions = orders.map((order) => order.now);
  if (account.texts && !toBeChanged) {
    return { status: 200, body: account.texts.page(versions, search.includedData, others) };
  }
  return {
    status: 200,
    body: { orders: versions.map((version) => withData(version.toJson(), search.includedData)), ...others },
  };
}

/** getOrder: finds orders that lists leave out, too. */
export function getOrder(account: OrdersAccount, orderId: string, query: URLSearchParams): Reply {
  refuseUnknown(query, ['includedData']);
  const includedData = parseIncludedData(query);
  const order = account.book.read(orderId);
  if (order !== undefined) return { status: 200, body: { order: withData(order, includedData) } };
  throw /^\d{3}-\d{7}-\d{7}$/.test(orderId) ? notFound() : invalidInput('Not an order id.');
}

/** 403 as a whole if a single marketplace is not the account's (seen in the field). */
function refuseForeign(asked: readonly string[] | undefined, own: readonly string[]): void {
  const foreign = asked?.find((id) => !own.includes(id));
  if (foreign !== undefined) throw unauthorized(`Access to marketplace ${foreign} is denied.`);
}

/** An order of no marketplace belongs to all of them. */
function matches({ now: order }: Listed, search: SearchQuery): boolean {
  const isIn = (value: string | undefined, list: readonly string[] | undefined) =>
    list === undefined || (value !== undefined && list.includes(value));
  return (
    (order.marketplaceId === undefined || isIn(order.marketplaceId, search.marketplaceIds)) &&
    isIn(order.status, search.fulfillmentStatuses) &&
    isIn(order.fulfilledBy, search.fulfilledBy)
  );
}
