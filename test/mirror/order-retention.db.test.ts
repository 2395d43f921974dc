import { describe, expect, vi } from 'vitest';
import type { RetentionConfig } from '../../src/config/config.js';
import type { Database } from '../../src/database/database.js';
import type { SyncRun } from '../../src/generated/prisma/client.js';
import { readCoverage } from '../../src/history/coverage.js';
import { readHistory, readLastCheck } from '../../src/history/state.js';
import { deleteOldOrders, readOrderRetention, storeOrderRetention } from '../../src/mirror/write/order-retention.js';
import { RUN_CANCELLED } from '../../src/runs/run-store.js';
import { tidyDatabase } from '../../src/runs/tidy.js';
import type { SimulatedOrder, Simulator } from '../../src/simulator/simulator.js';
import { it } from '../helpers/fixtures.js';
import { differences } from '../helpers/truth.js';
import { ok, withHistory, withHistoryEngine, withReports } from '../helpers/with-history.js';
import { endOf, runToEnd, withEngine } from '../helpers/with-sync.js';

const DAY_MS = 86_400_000;
const DAYS = 200;
const MONTHS = 2;
const retention: RetentionConfig = {
  ordersMonths: MONTHS,
  changesMs: 400 * DAY_MS,
  runsMs: 90 * DAY_MS,
  auditMs: 400 * DAY_MS,
};
const patiently = { timeout: 60_000 };

const keptFrom = async (database: Database) => (await readOrderRetention(database))?.keptFrom ?? new Date(0);
const isOlder = (than: Date) => (order: SimulatedOrder) => Date.parse(order.createdTime) < than.getTime();
const countOf = async (database: Database, rows: string) => {
  const [row] = await database.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${rows}`);
  return row?.count;
};

const oldestOf = (simulator: Simulator) => {
  const [oldest] = simulator.book.orders().sort((a, b) => a.createdTime.localeCompare(b.createdTime));
  if (!oldest) throw new Error('There are no orders.');
  return oldest;
};

/** A mirror of 200 days, with other rows of its oldest order. Its engines are stopped. */
async function fill(database: Database, simulator: Simulator): Promise<void> {
  const all = await withHistory(database, simulator);
  await ok(all.run(all.history.start(null)));
  await ok(runToEnd(all.engine));
  await all.engine.stop();
  await all.history.stop();
  expect(await differences(database, simulator)).toEqual([]);
  const { orderId } = oldestOf(simulator);
  await database.query(
    `INSERT INTO notified_order (amazon_order_id, event_at, has_change_time, received_at) VALUES ($1, now(), true, now())`,
    [orderId],
  );
  await database.query(
    `INSERT INTO rejected_order (key, amazon_order_id, reason, payload)
     VALUES ('of the order', $1, 'unreadable', '{}'), ('old', NULL, 'unreadable', '{"createdTime": "2020-01-31T08:00:00Z"}'),
            ('new', NULL, 'unreadable', $2::jsonb)`,
    [orderId, JSON.stringify({ createdTime: new Date().toISOString() })],
  );
  await database.query(
    `INSERT INTO order_items (order_id, order_date, marketplace_id, units, source) VALUES ($1, '2020-01-31', 'X', 3, 'mine')`,
    [orderId],
  );
}

/** The engines of another process, with a retention. */
async function reopened(database: Database, simulator: Simulator, options = retention) {
  const engine = await withEngine(database, simulator, { retention: options });
  const history = await withHistoryEngine(database, simulator, { retention: options });
  return { engine, history, run: async (started: Promise<SyncRun>) => endOf(engine, (await started).id) };
}

describe('RETENTION_ORDERS_MONTHS', () => {
  it('deletes older orders with all that belongs to them, in small steps, and nothing else', async ({ database }) => {
    const simulator = await withReports(DAYS, { orders: 1_000 });
    await fill(database, simulator);
    const lines: string[] = [];
    const logger = { info: (line: object) => void lines.push(JSON.stringify(line)) };
    await tidyDatabase(database, { now: new Date(), retention, logger });

    const limit = await keptFrom(database);
    const expected = new Date();
    expected.setUTCMonth(expected.getUTCMonth() - MONTHS);
    expect(Math.abs(limit.getTime() - expected.getTime())).toBeLessThan(4 * DAY_MS);
    expect(limit.toISOString()).toMatch(/T00:00:00.000Z$/);
    const without = isOlder(limit);
    const older = simulator.book.orders().filter(without).length;
    expect(older).toBeGreaterThan(500);
    expect(lines).toEqual([JSON.stringify({ orders: older, months: MONTHS })]);
    expect(await countOf(database, 'sales_day_stale')).toBe(0);
    expect(await countOf(database, `order_items WHERE source = 'mine'`)).toBe(1);
    await database.query(`DELETE FROM order_items WHERE source = 'mine'`);
    expect(await differences(database, simulator, { without })).toEqual([]);
    expect(await countOf(database, 'notified_order')).toBe(0);
    expect(await database.query('SELECT key FROM rejected_order')).toEqual([{ key: 'new' }]);
    const products = `SELECT count(DISTINCT (seller_sku, asin, title))::int AS products FROM amazon_order_item`;
    const listed = await countOf(database, 'mirrored_product');
    expect(await database.query(products)).toEqual([{ products: listed }]);
    const kept = simulator.book.size - older;
    expect(await database.query('SELECT sum(orders)::int AS orders FROM order_count')).toEqual([{ orders: kept }]);
    const firstDay = limit.toISOString().slice(0, 10);
    expect(await countOf(database, `sales_day WHERE order_date BETWEEN '2020-02-01' AND '${firstDay}'::date - 2`)).toBe(
      0,
    );
  });

  it('deletes them after a run that is cancelled when it has ended already', async ({ database }) => {
    const simulator = await withReports(DAYS, { orders: 80 });
    await fill(database, simulator);
    const transaction: typeof database.transaction = async (work, first) => {
      let isBeforeDeletion = false;
      const result = await database.transaction((sql) => {
        const query: typeof sql.query = (text, ...rest) => {
          isBeforeDeletion ||= text.includes('INTO order_retention');
          return sql.query(text, ...rest);
        };
        return work({ query });
      }, first);
      if (isBeforeDeletion) {
        const [run] = await database.query<{ id: bigint }>('SELECT max(id) AS id FROM sync_run');
        await engine.cancel(run?.id ?? 0n);
        await cancelled;
      }
      return result;
    };
    const engine = await withEngine({ ...database, transaction }, simulator, { retention });
    let hear = () => {};
    const cancelled = new Promise<void>((resolve) => {
      hear = resolve;
    });
    const stop = await database.notifications.listen(RUN_CANCELLED, () => hear());
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK' });
    await vi.waitFor(async () => {
      const limit = await keptFrom(database);
      expect(limit.getTime()).toBeGreaterThan(0);
      expect(await countOf(database, `amazon_order WHERE purchase_date < '${limit.toISOString()}'`)).toBe(0);
    }, patiently);
    stop();
  });

  it('stores no older order again, wherever it comes from', async ({ database }) => {
    const simulator = await withReports(DAYS, { orders: 80 });
    await fill(database, simulator);
    await database.query('DELETE FROM rejected_order');
    await database.query(`DELETE FROM order_items WHERE source = 'mine'`);
    await deleteOldOrders(database, { months: MONTHS, now: new Date() });
    const limit = await keptFrom(database);
    const without = isOlder(limit);
    const { engine, history, run } = await reopened(database, simulator);
    const old = oldestOf(simulator);

    // By a search.
    simulator.book.change(old.orderId, (order) => Object.assign(order, { touched: 1 }), {
      at: simulator.now() - 300_000,
    });
    const ended = await ok(runToEnd(engine));
    expect(ended.ordersSeen).toBe(ended.ordersUnchanged);
    expect(await differences(database, simulator, { without })).toEqual([]);
    // By its id.
    await expect(engine.resyncOrder(old.orderId)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('RETENTION_ORDERS_MONTHS'),
    });
    // By a check, which has it in its report.
    await ok(run(history.startCheck(new Date(simulator.now() - 29 * DAY_MS), new Date())));
    expect(await readLastCheck(database)).toMatchObject({ missing: 0, stale: 0, unresolved: [] });
    // By the history.
    const before = simulator.count('createReport');
    await ok(run(history.start(null)));
    await ok(run(history.start(new Date(limit.getTime() - 30 * DAY_MS))));
    expect(simulator.count('createReport')).toBe(before);
    expect(await differences(database, simulator, { without })).toEqual([]);

    // When all that the history has read is too old, too, syncs have proven the rest.
    await database.query('DELETE FROM report_window');
    await database.query(`UPDATE sync_cursor SET proven_from = $1, items_proven_from = $1`, [limit]);
    await ok(run(history.start(null)));
    expect(simulator.count('createReport')).toBe(before);
  });

  it('counts nothing of the time before as read', async ({ database }) => {
    const simulator = await withReports(DAYS, { orders: 40 });
    await fill(database, simulator);
    await deleteOldOrders(database, { months: MONTHS, now: new Date() });
    const limit = await keptFrom(database);
    expect((await readHistory(database))?.from).toEqual(limit);
    for (const { provenFrom, provenByReport, gaps } of await readCoverage(database, simulator.marketplaceIds)) {
      expect(gaps.map(({ kind }) => kind)).toEqual(['DELETED', 'NOT_YET_READ']);
      expect(gaps[0]).toMatchObject({ from: null, until: limit });
      expect(provenByReport.map(({ from }) => from)).toEqual([limit]);
      expect(provenFrom?.getTime()).toBeGreaterThanOrEqual(limit.getTime());
    }
  });

  it('reads no more than that in the first history, and the rest when it is switched off', async ({ database }) => {
    const simulator = await withReports(DAYS, { orders: 80 });
    const { engine, history, run } = await withHistory(database, simulator, { retention });
    await ok(runToEnd(engine));
    await ok(run(history.start(null)));
    expect([2, 3]).toContain(simulator.count('createReport'));
    const limit = await keptFrom(database);
    await vi.waitFor(async () => {
      expect(await differences(database, simulator, { without: isOlder(limit) })).toEqual([]);
    }, patiently);
    await engine.stop();
    await history.stop();

    const off = await reopened(database, simulator, { ...retention, ordersMonths: null });
    await ok(runToEnd(off.engine));
    await vi.waitFor(async () => expect(await readOrderRetention(database)).toBeNull(), patiently);
    await ok(off.run(off.history.start(null)));
    expect(await differences(database, simulator)).toEqual([]);
    for (const { gaps } of await readCoverage(database, simulator.marketplaceIds))
      expect(gaps.map(({ kind }) => kind)).toEqual(['NOT_YET_READ']);
  });

  it('deletes nothing by a clock that is ahead, and nothing before the first run', async ({ database }) => {
    await database.query('TRUNCATE sync_cursor, order_retention');
    const ahead = new Date(Date.now() + 365 * DAY_MS);
    await storeOrderRetention(database, { months: 18, now: ahead });
    expect(await readOrderRetention(database)).toEqual({ months: 18, keptFrom: null });
    expect(await deleteOldOrders(database, { months: 18, now: ahead })).toBe(0);
    await database.query(
      `INSERT INTO sync_cursor (marketplace_id, proven_until) VALUES ('A', '2026-08-31T10:00:00Z'), ('B', '2026-07-01T10:00:00Z')`,
    );
    await storeOrderRetention(database, { months: 18, now: ahead });
    expect(await keptFrom(database)).toEqual(new Date('2025-02-28T00:00:00Z'));
    // A clock that was ahead has stored a cursor.
    await database.query(`UPDATE sync_cursor SET proven_until = '2027-08-31T10:00:00Z'`);
    await storeOrderRetention(database, { months: 18, now: new Date('2026-09-01T10:00:00Z') });
    expect(await keptFrom(database)).toEqual(new Date('2025-03-01T00:00:00Z'));
    // Another account is connected: nothing of it has been read yet.
    await database.query('TRUNCATE sync_cursor');
    await storeOrderRetention(database, { months: 18, now: ahead });
    expect(await keptFrom(database)).toEqual(new Date('2025-03-01T00:00:00Z'));
  });
});
