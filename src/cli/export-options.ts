import type { OrderFilter } from '../mirror/read/order-filter.js';
import type { SalesRequest } from '../mirror/read/sales.js';

type SalesParameter = keyof Omit<SalesRequest, 'orderBy' | 'limit' | 'sums' | 'withTitles' | 'from' | 'to'>;

/** The parameters of `/export/…` beside `from` and `to`, with what they take: the types fail where one is forgotten. */
export const ORDER_PARAMETERS: Readonly<Record<Exclude<keyof OrderFilter, 'purchasedFrom' | 'purchasedTo'>, string>> = {
  statuses: 'orders with one of these statuses, such as SHIPPED,CANCELLED',
  marketplaceIds: 'those of these marketplaces, such as ATVPDKIKX0DER; also of sales',
  fulfilledBy: 'orders shipped by AMAZON or MERCHANT',
  programs: 'orders with one of these programs, such as PRIME',
  amazonOrderIds: 'orders with these ids',
  search: 'orders with these words in a title, or this part of an order id, SKU or ASIN',
  hasUnknownPrice: 'true: orders whose total, or price of an item, is unknown; false: the others',
  toShip: 'orders that you have to ship: OVERDUE, TODAY or ALL',
  purchasedAfter: 'orders purchased at or after this instant, such as 2026-01-01T00:00:00Z',
  purchasedBefore: 'orders purchased before this instant',
  updatedAfter: 'orders updated at or after this instant',
};

export const SALES_PARAMETERS: Readonly<Record<Exclude<SalesParameter, 'marketplaceIds'>, string>> = {
  interval: 'a row for each DAY (default), WEEK or MONTH, or TOTAL',
  by: 'a row for each of MARKETPLACE, SKU, ASIN or FULFILLED_BY, or of several',
  currencyCode: 'those in this currency only, such as EUR',
};

/** Days of purchase have the same flags as those of sales. */
const DAYS: Readonly<Record<string, string>> = { purchasedFrom: '--from', purchasedTo: '--to' };

/** The flag of a parameter: `marketplaceIds` is given as `--marketplace-ids`. */
export const flagOf = (parameter: string): string =>
  DAYS[parameter] ?? `--${parameter.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
