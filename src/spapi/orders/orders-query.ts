import { SyncError } from '../../core/errors.js';
import { includedData } from './data-sets.js';
import type { OrdersQuery, PageToken } from './order-source.js';

/** model: the maximum of maxResultsPerPage. */
export const MAX_PAGE_SIZE = 100;

/**
 * Returns the query string of searchOrders, encoded. It must be the same for all pages, or Amazon refuses the token.
 *
 * Seen in the field: instants with fractions or offsets are refused at times, so both bounds are rounded down to the
 * second. The upper bound thus becomes a little earlier: the next window has to start from the page's `lastUpdatedBefore`.
 */
export function ordersQueryString(query: OrdersQuery): string {
  const { marketplaceIds, lastUpdatedAfter, lastUpdatedBefore, dataSets = [] } = query;
  if (marketplaceIds.length === 0) {
    throw new SyncError('NO_MARKETPLACES', 'The connection has no marketplaces. Choose at least one and save it.');
  }
  return encoded({
    // model: lists are one parameter, separated by commas.
    marketplaceIds: marketplaceIds.join(','),
    lastUpdatedAfter: wholeSeconds(lastUpdatedAfter),
    lastUpdatedBefore: wholeSeconds(lastUpdatedBefore),
    maxResultsPerPage: String(MAX_PAGE_SIZE),
    includedData: includedData(dataSets),
  });
}

/** docs: the token is percent-encoded once; it contains `+`, `/`, `=` and `%`. */
export function withPageToken({ query, token }: PageToken): string {
  return `${query}&${encoded({ paginationToken: token })}`;
}

/** Returns the query with another page size. model: the only parameter that may differ between pages. */
export function withPageSize(query: string, size: number): string {
  return query.replace(/\bmaxResultsPerPage=\d+/, `maxResultsPerPage=${size}`);
}

/** Returns the upper bound of a query string. */
export function upperBoundOf(query: string): Date {
  return new Date(new URLSearchParams(query).get('lastUpdatedBefore') ?? Number.NaN);
}

export function encoded(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
}

function wholeSeconds(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}Z`;
}
