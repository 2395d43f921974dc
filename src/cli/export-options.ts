import type { OrderFilter } from '../mirror/read/order-filter.js';
import type { SalesRequest } from '../mirror/read/sales.js';

type SalesParameter = keyof Omit<SalesRequest, 'orderBy' | 'limit' | 'sums' | 'withTitles' | 'from' | 'to'>;

/** The parameters of `/export/…` beside `from` and `to`, with what they take: the types fail where one is forgotten. */
export const ORDER_PARAMETERS: Readonly<Record<Exclude<keyof OrderFilter, 'purchasedFrom' | 'purchasedTo'>, string>> = {
  statuses: 'statuses, such as SHIPPED,CANCELLED',
  marketplaceIds: 'marketplaces, such as ATVPDKIKX0DER',
  fulfilledBy: 'AMAZON or MERCHANT',
  programs: 'orders with one of these programs, such as PRIME',
  amazonOrderIds: 'these orders',
  search: 'words of a title, or a part of an order id, SKU or ASIN',
  hasUnknownPrice: 'true: orders without a total or the price of an item',
  toShip: 'orders that you have to ship: OVERDUE, TODAY or ALL',
  purchasedAfter: 'an instant, such as 2026-01-01T00:00:00Z',
  purchasedBefore: 'an instant, exclusive',
  updatedAfter: 'an instant',
};

export const SALES_PARAMETERS: Readonly<Record<Exclude<SalesParameter, 'marketplaceIds'>, string>> = {
  interval: 'DAY, WEEK, MONTH or TOTAL',
  by: 'MARKETPLACE, SKU, ASIN or FULFILLED_BY, several of them separated by commas',
  currencyCode: 'sales in this currency only',
};

/** The flag of a parameter: `marketplaceIds` is given as `--marketplace-ids`. */
export const flagOf = (parameter: string): string =>
  `--${parameter.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
