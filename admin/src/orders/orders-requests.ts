import { OrderCountsDocument, OrderFiltersDocument, OrdersDocument } from '../generated/operations.js';
import { type OrdersUrl, toFilter, toPage } from './orders-url.js';

/** The page of orders that an address names. */
export const ordersRequest = (url: OrdersUrl) => ({
  query: OrdersDocument,
  variables: { filter: toFilter(url), ...toPage(url) },
});

/** The counts of all tabs: the other filters hold in each. */
export function countsRequest(url: OrdersUrl) {
  const filter = toFilter(url);
  const anyStatus = { ...filter, statuses: null, toShip: null };
  return {
    query: OrderCountsDocument,
    variables: { filter, anyStatus, toShip: { ...anyStatus, toShip: 'TODAY' as const } },
  };
}

export const filtersRequest = { query: OrderFiltersDocument };
