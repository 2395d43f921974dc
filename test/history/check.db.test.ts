import { describe, expect } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { readLastCheck } from '../../src/history/state.js';
import { it } from '../helpers/fixtures.js';
import { differences } from '../helpers/truth.js';
import { ok, withHistory, withReports } from '../helpers/with-history.js';
import { endOf, runToEnd, untilRun } from '../helpers/with-sync.js';

const DAY_MS = 86_400_000;
const EMPTY = { ordersInReport: 40, missing: 0, stale: 0, unknown: 0, repaired: 0, unresolved: [] };

describe('a check', () => {
  it('finds nothing in a mirror that is whole', async ({ database }) => {
    const simulator = await withReports(25, { orders: 40 });
    const { engine, history, run } = await withHistory(database, simulator);
    await ok(runToEnd(engine));
    simulator.clearRequests();
    const ended = await ok(run(history.startCheck(new Date(simulator.now() - 29 * DAY_MS), new Date())));
    expect(ended).toMatchObject({ kind: 'CHECK', pages: 1, ordersInserted: 0, ordersUpdated: 0 });
    expect(await readLastCheck(database)).toEqual({ runId: ended.id, ...EMPTY });
    expect(simulator.count('getOrder')).toBe(0);
  });

  it('finds missing and stale orders, and mends each by its id', async ({ database }) => {
    const simulator = await withReports(25, { orders: 40 });
    const { engine, history, run } = await withHistory(database, simulator);
    await ok(runToEnd(engine));
    await database.query('DELETE FROM amazon_order WHERE id IN (SELECT id FROM amazon_order ORDER BY id LIMIT 5)');
    await database.query(
      `UPDATE amazon_order SET last_update_date = last_update_date - interval '2 days', order_status = 'OLD'
        WHERE id IN (SELECT id FROM amazon_order ORDER BY id DESC LIMIT 3)`,
    );
    const ended = await ok(run(history.startCheck(new Date(simulator.now() - 29 * DAY_MS), new Date())));
    expect(await readLastCheck(database)).toEqual({ ...EMPTY, runId: ended.id, missing: 5, stale: 3, repaired: 8 });
    expect(simulator.count('getOrder')).toBe(8);
    expect(await differences(database, simulator)).toEqual([]);
    const sources = `SELECT source::text AS source, count(*)::int AS changes FROM order_change GROUP BY 1 ORDER BY 1`;
    expect(await database.query(sources)).toEqual([
      { source: 'CHECK', changes: 8 },
      { source: 'SYNC', changes: 40 },
    ]);
  });

  it('finds the differences of a window while another one is proven empty', async ({ database }) => {
    const simulator = await withReports(25, { orders: 40 });
    let release = () => {};
    const isEmptyProven = new Promise<void>((resolve) => {
      release = resolve;
    });
    // The comparison of the newer window begins before the second answer about the older one, and ends after it.
    simulator.faults.add({ operation: 'createReport', on: { from: 3 }, fault: { kind: 'hang' } });
    const slow: Database = Object.assign(Object.create(database), {
      query: async (text: string, values?: readonly unknown[]) => {
        const rows = await database.query<object>(text, values);
        if (text.includes("'MISSING'")) {
          simulator.faults.clear();
          await isEmptyProven;
        }
        return rows;
      },
    });
    const { engine, history } = await withHistory(slow, simulator);
    await ok(runToEnd(engine));
    await database.query('DELETE FROM amazon_order');
    const { id } = await history.startCheck(new Date(simulator.now() - 60 * DAY_MS), new Date());
    await untilRun(engine, id, ({ pages }) => pages === 1);
    release();
    await ok(endOf(engine, id));
    expect(await readLastCheck(database)).toEqual({ ...EMPTY, runId: id, missing: 40, repaired: 40 });
  });

  it('names what Amazon does not return, and trusts the mirror where the report lacks an order', async ({
    database,
  }) => {
    const simulator = await withReports(25, { orders: 40 });
    const [hidden, gone, unreturned] = simulator.book.orders().map(({ orderId }) => orderId) as [
      string,
      string,
      string,
    ];
    simulator.book.hideFromReports(hidden);
    const { engine, history, run } = await withHistory(database, simulator);
    await ok(runToEnd(engine));
    simulator.orderFaults.set(unreturned, '404');
    await database.query('DELETE FROM amazon_order WHERE amazon_order_id = $1', [unreturned]);
    await database.query(
      `WITH o AS (UPDATE amazon_order SET amazon_order_id = '999-0000000-0000001' WHERE amazon_order_id = $1 RETURNING id)
       UPDATE amazon_order_item SET amazon_order_id = '999-0000000-0000001', order_item_id = order_item_id || 'x'
        WHERE order_id = (SELECT id FROM o)`,
      [gone],
    );
    const ended = await ok(run(history.startCheck(new Date(simulator.now() - 29 * DAY_MS), new Date())));
    expect(await readLastCheck(database)).toEqual({
      runId: ended.id,
      ordersInReport: 39,
      missing: 2,
      stale: 0,
      unknown: 2,
      repaired: 1,
      unresolved: [unreturned, '999-0000000-0000001'].sort(),
    });
    const [row] = await database.query('SELECT count(*)::int AS n FROM amazon_order WHERE amazon_order_id = $1', [
      hidden,
    ]);
    expect(row).toEqual({ n: 1 });
  });

  it('continues in another process with what is not mended yet', async ({ database }) => {
    const simulator = await withReports(25, { orders: 40 });
    const { engine, history, run } = await withHistory(database, simulator);
    await ok(runToEnd(engine));
    await database.query('DELETE FROM amazon_order');
    const hold = simulator.hold('getOrder');
    const { id } = await history.startCheck(new Date(simulator.now() - 29 * DAY_MS), new Date());
    await hold.arrived;
    await engine.cancel(id);
    hold.release();
    expect((await untilRun(engine, id, ({ status }) => status !== 'RUNNING')).status).toBe('CANCELLED');
    expect((await readLastCheck(database))?.unresolved).toHaveLength(40);
    await ok(run(history.startCheck(new Date(simulator.now() - 29 * DAY_MS), new Date())));
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('refuses a range that holds nothing or that Amazon does not keep', async ({ database }) => {
    const simulator = await withReports(25, { orders: 1 });
    const { history } = await withHistory(database, simulator);
    const now = simulator.now();
    for (const [from, until] of [
      [now, now - DAY_MS],
      [now + DAY_MS, now + 2 * DAY_MS],
      [now - 800 * DAY_MS, now],
    ] as const)
      await expect(history.startCheck(new Date(from), new Date(until))).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
      });
    await expect(history.start(new Date(now + DAY_MS))).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describe('by itself', () => {
  it('the history starts after a sync, and a check a month later', async ({ database }) => {
    const simulator = await withReports(80, { orders: 20 });
    const start = simulator.now();
    let now = start;
    const clock = { now: () => new Date(now), sleep: async () => {} };
    const { engine, history } = await withHistory(database, simulator, { clock, works: false });
    const kinds = async () =>
      (await database.query<{ kind: string }>('SELECT kind FROM sync_run ORDER BY id')).map(({ kind }) => kind);
    const end = (status: string, code: string | null = null) =>
      database.query(
        `UPDATE sync_run SET status = $1::sync_run_status, error_code = $2, finished_at = $3 WHERE status = 'RUNNING'`,
        [status, code, clock.now()],
      );
    await history.startDue();
    await history.startDue();
    expect(await kinds()).toEqual(['HISTORY']);
    // An error that may pass is tried again an hour later, others a day later.
    await end('ERROR', 'SP_API_UNAVAILABLE');
    await history.startDue();
    now += 3_600_000;
    await history.startDue();
    expect(await kinds()).toEqual(['HISTORY', 'HISTORY']);
    await database.query(`UPDATE report_window SET state = 'DONE', orders = 1`);
    await end('OK');
    await history.startDue();
    now += 29 * DAY_MS;
    await history.startDue();
    expect(await kinds()).toEqual(['HISTORY', 'HISTORY']);
    now += DAY_MS;
    await history.startDue();
    await history.startDue();
    expect(await kinds()).toEqual(['HISTORY', 'HISTORY', 'CHECK']);
    await end('OK');
    await history.startDue();
    expect(await kinds()).toEqual(['HISTORY', 'HISTORY', 'CHECK']);
    await engine.stop();
  });

  it('nothing starts once its owner has cancelled the history, or with HISTORY=off', async ({ database }) => {
    const simulator = await withReports(80, { orders: 1 });
    const { engine, history } = await withHistory(database, simulator, { works: false });
    const { id } = await history.start(null);
    await engine.cancel(id);
    await history.startDue();
    await database.query('TRUNCATE report_window');
    const off = await withHistory(database, simulator, { works: false, history: 'off' });
    await off.history.startDue();
    expect(await database.query('SELECT id FROM sync_run')).toEqual([]);
  });
});
