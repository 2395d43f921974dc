import { createHash } from 'node:crypto';
import { SyncError } from '../errors.js';
import type { OrdersPage } from './order-source.js';

/** More empty pages than this in a row, each promising another, are no search that comes to an end. */
const MOST_EMPTY_PAGES = 20;

/**
 * Notices a search that goes in circles (seen in the field: different tokens that lead to the same page for ever).
 * @returns to be called with each page; throws a SyncError for one that came before
 */
export function createPageGuard(): (page: OrdersPage) => void {
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
    const print = createHash('sha256').update(content).digest('base64');
    const circles = (content !== '' && pages.has(print)) || (token !== undefined && tokens.has(token));
    if (circles || (token !== undefined && empty > MOST_EMPTY_PAGES)) {
      throw new SyncError(
        'SP_API_UNAVAILABLE',
        'Amazon returned the same page of orders again instead of the next one. What was read before is kept; ' +
          'the next run reads the window again.',
      );
    }
    if (content !== '') pages.add(print);
    if (token !== undefined) tokens.add(token);
  };
}
