import { SyncError } from '../../core/errors.js';
import type { OrdersQuery, PageToken } from './order-source.js';

/** model: of maxResultsPerPage. */
export const MAX_PAGE_SIZE = 100;

/** docs: the status and the totals come only when asked for; these two need no special role and hold no buyer's data. */
export const INCLUDED_DATA = 'FULFILLMENT,PROCEEDS';

/**
 * The query string of searchOrders, encoded once; the same for all pages of a search, or Amazon refuses the token.
 *
 * seen in the field: instants with fractions or offsets are refused at times, so both bounds are cut down to the second.
 * For the lower one this asks for a little more. The upper one asks for a little less: a page's `lastUpdatedBefore`
 * tells the bound that was truly asked for, and the next window has to start from there.
 */
export function ordersQueryString({ marketplaceIds, lastUpdatedAfter, lastUpdatedBefore }: OrdersQuery): string {
  if (marketplaceIds.length === 0) {
    throw new SyncError('NO_MARKETPLACES', 'The connection has no marketplaces. Choose at least one and save it.');
  }
  return encoded({
    // model: lists are one parameter, separated by commas.
    marketplaceIds: marketplaceIds.join(','),
    lastUpdatedAfter: wholeSeconds(lastUpdatedAfter),
    lastUpdatedBefore: wholeSeconds(lastUpdatedBefore),
    maxResultsPerPage: String(MAX_PAGE_SIZE),
    includedData: INCLUDED_DATA,
  });
}

/** docs: the token is percent-encoded once; it holds `+`, `/`, `=` and `%`. */
export function withPageToken({ query, token }: PageToken): string {
  return `${query}&${encoded({ paginationToken: token })}`;
}

/** The query for pages of this size. model: of all parameters, the page size may change from page to page. */
export function withPageSize(query: string, size: number): string {
  return query.replace(/\bmaxResultsPerPage=\d+/, `maxResultsPerPage=${size}`);
}

/** The upper bound that a query string asks for. */
export function boundAskedFor(query: string): Date {
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
