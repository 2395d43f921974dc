import { createHash } from 'node:crypto';
import { SyncError } from '../../core/errors.js';
import type { OrdersPage } from './order-source.js';

/**
 * So many empty pages in a row, each with a token for another, are taken for a search without an end. At the default rate
 * they take four hours, well within a page token's life.
 */
const MAX_EMPTY_PAGES = 100;

/**
 * Notices a search that does not come to an end (seen in the field: different tokens that lead to the same page for ever).
 * Empty pages are no sign of that while their tokens differ.
 * @returns to be called with each page; throws a SyncError for one that was there before, and for too many empty ones
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
    if (content !== '' && pages.has(print)) throw endless('the same page of orders again instead of the next one');
    if (token !== undefined && tokens.has(token)) throw endless('a page token again that it had returned before');
    if (token !== undefined && empty >= MAX_EMPTY_PAGES)
      throw endless(`${empty} empty pages of orders in a row, each with a token for another page`);
    if (content !== '') pages.add(print);
    if (token !== undefined) tokens.add(token);
  };
}

function endless(what: string): SyncError {
  return new SyncError(
    'SP_API_UNAVAILABLE',
    `Amazon returned ${what}. What was read before is kept; the next run reads the window again.`,
  );
}
