import { expect } from 'vitest';
import type { OrderFilter } from '../../src/mirror/read/order-filter.js';
import { countOrders } from '../helpers/count-orders.js';
import { it } from '../helpers/fixtures.js';
import { DE, seedOrders, US } from '../helpers/seed-orders.js';

it.beforeAll(({ database }) => seedOrders(database, 500));

const FILTERS: readonly OrderFilter[] = [
  {},
  { statuses: ['SHIPPED'] },
  { statuses: ['SHIPPED', 'CANCELLED', 'SHIPPED'] },
  { marketplaceIds: [DE] },
  { statuses: ['PENDING'], marketplaceIds: [DE, US] },
  { statuses: [] },
];

it.for([
  ['are inserted', 'SELECT 1'],
  ['change their status', `UPDATE amazon_order SET order_status = 'CANCELLED' WHERE id % 7 = 0`],
  ['change their marketplace', `UPDATE amazon_order SET marketplace_id = '${DE}' WHERE id % 5 = 0`],
  ['change in another column', `UPDATE amazon_order SET fulfilled_by = 'AMAZON'`],
  ['are deleted', 'DELETE FROM amazon_order WHERE id % 3 = 0'],
  ['are truncated', 'TRUNCATE amazon_order CASCADE'],
] as const)('counts by status and marketplace hold when orders %s', async ([_name, statement], { database }) => {
  await database.query(statement);
  for (const filter of FILTERS) {
    const byScan = await countOrders(database, { ...filter, purchasedAfter: new Date(0) });
    expect(await countOrders(database, filter)).toBe(byScan);
  }
});

it('rolls counts back with the orders', async ({ database }) => {
  await seedOrders(database, 20);
  const work = database.transaction(async (sql) => {
    await sql.query('DELETE FROM amazon_order');
    throw new Error('rolled back');
  });
  await expect(work).rejects.toThrow('rolled back');
  expect(await countOrders(database, {})).toBe(20);
});

it('counts orders and marks days that a session with another search path writes', async ({ database }) => {
  const [{ schema } = { schema: '' }] = await database.query<{ schema: string }>('SELECT current_schema() AS schema');
  const before = await countOrders(database, {});
  await database.transaction(async (sql) => {
    await sql.query(`SET LOCAL search_path = pg_catalog`);
    await sql.query(
      `INSERT INTO ${schema}.order_items (order_id, order_date, marketplace_id, units, source)
       VALUES ('702-1-1', '2019-02-03', 'A1', 1, 'mine')`,
    );
    await sql.query(`DELETE FROM ${schema}.amazon_order WHERE id = (SELECT min(id) FROM ${schema}.amazon_order)`);
  });
  expect(await countOrders(database, {})).toBe(before - 1);
  expect(await database.query("SELECT FROM sales_day_stale WHERE order_date = '2019-02-03'")).toHaveLength(1);
});
