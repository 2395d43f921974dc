// A small script of its own, which arrives before the page's: it sends what the view that the address names asks first.
import { askEarly, type EarlyRequest } from './api/early-answers.js';
import { session } from './api/session.js';
import {
  MirrorDocument,
  OrderPageDocument,
  OverviewCountsDocument,
  OverviewProblemsDocument,
  SalesMarketplacesDocument,
} from './generated/operations.js';
import { countsRequest, filtersRequest, ordersRequest } from './orders/orders-requests.js';
import { parseUrl } from './orders/orders-url.js';

const signedIn = session.get();
const [, view = '', below] = location.pathname.replace(/^\/admin/, '').split('/');
if (signedIn) for (const request of [...requestsOf(), { query: MirrorDocument }]) askEarly(request, signedIn.token);

function requestsOf(): EarlyRequest[] {
  if (view === '')
    return [
      { query: SalesMarketplacesDocument },
      { query: OverviewCountsDocument },
      { query: OverviewProblemsDocument },
    ];
  if (view === 'sales') return [{ query: SalesMarketplacesDocument }];
  if (view !== 'orders') return [];
  if (below) return [{ query: OrderPageDocument, variables: { amazonOrderId: decodeURIComponent(below) } }];
  const url = parseUrl(new URLSearchParams(location.search));
  return [ordersRequest(url), countsRequest(url), filtersRequest];
}
