// A small script of its own, which arrives before the page's: it sends what the view that the address names asks first.
import { askEarly, type EarlyRequest } from './api/early-answers.js';
import { session } from './api/session.js';
import {
  ConnectionDocument,
  HistoryDocument,
  LastCheckDocument,
  MirrorDocument,
  OrderPageDocument,
  OverviewCountsDocument,
  OverviewProblemsDocument,
  SalesMarketplacesDocument,
} from './generated/operations.js';
import { countsRequest, filtersRequest, ordersRequest } from './orders/orders-requests.js';
import { parseUrl } from './orders/orders-url.js';

/** The queries that a view sends whatever is answered to others, by the first part of its address. */
const REQUESTS: Readonly<Record<string, (below: string) => readonly EarlyRequest[]>> = {
  '': () => [
    { query: SalesMarketplacesDocument },
    { query: OverviewCountsDocument },
    { query: OverviewProblemsDocument },
  ],
  connection: () => [{ query: ConnectionDocument }],
  history: () => [{ query: HistoryDocument }, { query: LastCheckDocument }],
  orders: (below) => {
    if (below) return [{ query: OrderPageDocument, variables: { amazonOrderId: decodeURIComponent(below) } }];
    const url = parseUrl(new URLSearchParams(location.search));
    return [ordersRequest(url), countsRequest(url), filtersRequest];
  },
  sales: () => [{ query: SalesMarketplacesDocument }],
};

const signedIn = session.get();
if (signedIn) {
  const [, view = '', below = ''] = location.pathname.replace(/^\/admin/, '').split('/');
  const requests = REQUESTS[view]?.(below) ?? [];
  for (const request of [...requests, { query: MirrorDocument }]) askEarly(request, signedIn.token);
}
