import type { Sql } from '../../src/database/database.js';
import { findOrders } from '../../src/mirror/read/find-orders.js';
import { ALL_MEMBERS } from '../../src/mirror/read/mirrored-order.js';
import type { OrderFilter } from '../../src/mirror/read/order-filter.js';

/** Returns the count beside a page of one order. */
export async function countOrders(sql: Sql, filter: OrderFilter): Promise<number> {
  const { count } = await findOrders(sql, {
    filter,
    sort: { field: 'PURCHASE_DATE', direction: 'DESC' },
    limit: 1,
    fromEnd: false,
    after: null,
    before: null,
    selected: { order: ALL_MEMBERS.order, items: null },
    withCount: true,
  });
  if (count === null) throw new Error('The orders were not counted.');
  return count;
}
