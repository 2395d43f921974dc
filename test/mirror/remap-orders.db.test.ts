import { expect, onTestFinished } from 'vitest';
import { createLogger } from '../../src/core/logger.js';
import type { Database } from '../../src/database/database.js';
import { itemMemberColumns, orderMemberColumns } from '../../src/mirror/write/member-columns.js';
import { MAPPING_VERSION } from '../../src/mirror/write/order-rows.js';
import { remapOrders, remapProgress } from '../../src/mirror/write/remap-orders.js';
import { mapStoredOrdersAgain } from '../../src/upgrade.js';
import { it } from '../helpers/fixtures.js';
import { runToEnd } from '../helpers/with-sync.js';

/** All rows of orders, items, ledger and rejections, in a stable order. */
async function contents(database: Database): Promise<unknown> {
  const tables = ['amazon_order', 'amazon_order_item', 'order_items', 'rejected_order'];
  return Promise.all(tables.map((table) => database.query(`SELECT to_jsonb(t) AS row FROM ${table} AS t ORDER BY id`)));
}

const cleared = (columns: object) =>
  Object.keys(columns)
    .map((name) => `${name} = NULL`)
    .join(', ');

it('fills the columns of stored orders from their payload, and leaves the rest', async ({ sync }) => {
  const { database, engine } = await sync({ orders: 250 });
  await runToEnd(engine);
  // What an order is marked with, and a rejected newer version of it, stays.
  await database.query(`UPDATE amazon_order SET reread_wanted = true, notes = '{"a: note"}' WHERE id % 5 = 0`);
  await database.query(
    `INSERT INTO rejected_order (key, amazon_order_id, reason, payload)
     SELECT amazon_order_id, amazon_order_id, 'odd', '{}' FROM amazon_order WHERE id % 7 = 0`,
  );
  const before = await contents(database);
  const asOfOldVersion = async () => {
    await database.query(`UPDATE amazon_order SET ${cleared(orderMemberColumns)}, mapping_version = 3`);
    await database.query(`UPDATE amazon_order_item SET ${cleared(itemMemberColumns)}`);
    await database.query('UPDATE order_items SET shipping = NULL, tax = NULL, discount = NULL, fulfilled_by = NULL');
  };

  await asOfOldVersion();
  expect(await remapProgress(database)).toEqual({ ordersDone: 0, ordersTotal: 250 });
  const interruption = new AbortController();
  await remapOrders(database, { signal: interruption.signal, onProgress: () => interruption.abort() });
  const { ordersDone } = await remapProgress(database);
  expect(ordersDone).toBeGreaterThan(0);
  expect(ordersDone).toBeLessThan(250);

  await remapOrders(database, { signal: new AbortController().signal });
  expect(await remapProgress(database)).toEqual({ ordersDone: 250, ordersTotal: 250 });
  expect(await contents(database)).toEqual(before);

  const [odd] = await database.query<{ versions: number[] }>(
    'SELECT array_agg(DISTINCT mapping_version) AS versions FROM amazon_order',
  );
  expect(odd?.versions).toEqual([MAPPING_VERSION]);
});

it('continues by itself after the database failed', async ({ sync }) => {
  const { database, engine } = await sync({ orders: 5 });
  await runToEnd(engine);
  await database.query('UPDATE amazon_order SET mapping_version = 3');
  const { ordersTotal } = await remapProgress(database);
  let failures = 2;
  const failing: Database = {
    ...database,
    transaction: (work, first) => {
      failures -= 1;
      return failures >= 0 ? Promise.reject(new Error('connection lost')) : database.transaction(work, first);
    },
  };
  const stop = mapStoredOrdersAgain(failing, createLogger({ level: 'silent' }), 1);
  onTestFinished(stop);
  await expect.poll(() => remapProgress(database)).toEqual({ ordersDone: ordersTotal, ordersTotal });
  expect(failures).toBeLessThan(0);
});
