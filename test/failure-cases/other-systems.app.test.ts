import { describe, expect, vi } from 'vitest';
import type { Database } from '../../src/database/database.js';
import type { SyncRun } from '../../src/generated/prisma/client.js';
import type { SimulatedOrder, Simulator } from '../../src/simulator/simulator.js';
import type { SyncEngine } from '../../src/sync/engine.js';
import { it, type StartSync } from '../helpers/fixtures.js';
import { differences } from '../helpers/truth.js';
import { createVirtualClock } from '../helpers/virtual-clock.js';
import { emptyMirror, endOf, runToEnd, withEngine, withSimulator } from '../helpers/with-sync.js';

/**
 * Failures of other systems that do this job, by the number under which docs/reliability.md lists them: the simulator
 * makes each happen, and the mirror comes out equal to what the simulator holds.
 */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const searches = (simulator: Simulator) => simulator.requests.filter(({ operation }) => operation === 'searchOrders');
const withStatus = (simulator: Simulator, status: string): SimulatedOrder[] =>
  simulator.book.orders().filter((order) => order.fulfillment?.fulfillmentStatus === status);

describe('failures of other systems', () => {
  let database: Database;
  let sync: StartSync;
  it.beforeEach(async ({ database: opened, sync: starts }) => {
    [database, sync] = [opened, starts];
    await emptyMirror(database);
  });
  const truth = async (simulator: Simulator) => expect(await differences(database, simulator)).toEqual([]);

  it('#1 calls the Orders API 2026-01-01 only, not v0', async () => {
    const simulator = await withSimulator({ orders: 20 });
    await runToEnd(await withEngine(database, simulator));
    const paths = simulator.requests.filter(({ operation }) => operation !== 'token').map(({ path }) => path);
    expect(paths.length).toBeGreaterThan(0);
    for (const path of paths) expect(path).toMatch(/^\/orders\/2026-01-01\/orders/);
  });

  it('#2 reads 100 orders per call, without an additional call (durations: quota.db.test.ts)', async () => {
    const simulator = await withSimulator({ orders: 950 });
    await runToEnd(await withEngine(database, simulator));
    expect(simulator.count('searchOrders')).toBe(10);
    expect(searches(simulator).every(({ query }) => query.maxResultsPerPage === '100')).toBe(true);
  });

  it('#3 reads items with searchOrders, without a call per order', async () => {
    const simulator = await withSimulator({ orders: 300 });
    const run = await runToEnd(await withEngine(database, simulator));
    expect(run.itemsSeen).toBeGreaterThan(300);
    expect(simulator.count('getOrder')).toBe(0);
    await truth(simulator);
  });

  it('#4 waits one period after each 429, shows it, and gives up at the limit', async () => {
    const states: SyncRun[] = [];
    const isShown = () => states.some((run) => run.waitingUntil !== null && run.waitingFor === 'QUOTA');
    const clock = createVirtualClock('jumps');
    const sleep = async (ms: number, signal?: AbortSignal) => {
      await vi.waitFor(() => expect(isShown()).toBe(true), { interval: 5, timeout: 10_000 });
      await clock.sleep(ms, signal);
    };
    const { simulator, engine } = await sync(
      { orders: 10, now: clock.time, usagePlans: 'off' },
      { clock: { ...clock, sleep }, settings: { leaseMs: 60_000 } },
    );
    simulator.faults.add({ operation: 'searchOrders', on: { from: 1, count: 3 }, fault: { kind: '429' } });
    const begun = clock.time();
    const { id } = await engine.start({ dryRun: false, includeItems: true, trigger: 'MANUAL' });
    for await (const run of engine.watch(id, new AbortController().signal)) states.push(run);
    expect(states.at(-1)).toMatchObject({ status: 'OK', requests: 4 });
    expect(clock.time() - begun).toBeGreaterThanOrEqual((3 * 1000) / 0.0056);

    simulator.faults.add({ operation: 'searchOrders', fault: { kind: '429' } });
    const before = clock.time();
    expect(await runToEnd(engine)).toMatchObject({ status: 'ERROR', errorCode: 'SP_API_UNAVAILABLE' });
    expect(clock.time() - before).toBeLessThan(2 * HOUR_MS + 10 * MINUTE_MS);
  });

  it('#5 applies the default rate without a rate header, and gets no 429', async () => {
    const clock = createVirtualClock('jumps');
    const { engine } = await sync(
      { orders: 480, maxPerPage: 20, now: clock.time, usagePlans: 'off' },
      { clock, settings: { leaseMs: 60_000 } },
    );
    const begun = clock.time();
    await runToEnd(engine, { includeItems: false });
    const theory = ((24 - 20) / 0.0056) * 1000;
    expect(Math.abs(clock.time() - begun - theory) / theory).toBeLessThan(0.01);
  });

  it('#6 fixes the upper bound once per run, old enough for every page', async () => {
    const simulator = await withSimulator({ orders: 70, maxPerPage: 20 });
    const run = await runToEnd(await withEngine(database, simulator));
    const bounds = searches(simulator).map(({ query, at: sentAt }) => ({
      bound: Date.parse(query.lastUpdatedBefore ?? ''),
      age: sentAt - Date.parse(query.lastUpdatedBefore ?? ''),
    }));
    expect(bounds).toHaveLength(4);
    for (const { bound, age } of bounds) {
      expect(bound).toBe(run.updatedBefore.getTime());
      expect(age).toBeGreaterThan(2 * MINUTE_MS + 30_000);
    }
  });

  it('#7 overlaps windows for orders that settle late (daily sweep: sync/unlisted-changes)', async () => {
    const clock = createVirtualClock('jumps');
    const { simulator, engine } = await sync({ orders: 60, now: clock.time }, { clock });
    const late = simulator.book.orders()[0]?.orderId ?? '';
    simulator.book.change(late, () => {}, { at: clock.time() - 5 * MINUTE_MS });
    simulator.book.hide(late, clock.time() + MINUTE_MS);
    await runToEnd(engine);
    expect(await differences(database, simulator)).not.toEqual([]);
    clock.advance(5 * MINUTE_MS);
    await runToEnd(engine);
    await truth(simulator);
  });

  it('#8 encodes tokens with + / = % exactly once', async () => {
    const simulator = await withSimulator({ orders: 70, maxPerPage: 20 });
    expect(await runToEnd(await withEngine(database, simulator))).toMatchObject({ status: 'OK', pages: 4 });
    const tokens = searches(simulator).flatMap(({ query }) => query.paginationToken ?? []);
    expect(tokens).toHaveLength(3);
    expect(tokens.join('')).toMatch(/[+/=%]/);
  });

  it('#9 sends the same parameters with every page, and restarts the window after a refused token', async () => {
    const { simulator, engine } = await sync({ orders: 70, maxPerPage: 20 });
    simulator.faults.add({ on: { from: 3 }, fault: { kind: 'refuse-page-token' } });
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK' });
    const parameters = searches(simulator).map(({ query: { paginationToken: _, ...others } }) =>
      JSON.stringify(others),
    );
    expect(parameters.length).toBe(7);
    expect(new Set(parameters).size).toBe(1);
    await truth(simulator);
  });

  it('#10 reads all five pages', async () => {
    const simulator = await withSimulator({ orders: 90, maxPerPage: 20 });
    expect(await runToEnd(await withEngine(database, simulator))).toMatchObject({ pages: 5, ordersSeen: 90 });
    await truth(simulator);
  });

  it('#11 ends the run with an error when different tokens return the same page', async () => {
    const { simulator, engine } = await sync({ orders: 70, maxPerPage: 20 });
    simulator.faults.add({ on: { from: 2, count: 1_000 }, fault: { kind: 'same-page-again' } });
    const run = await runToEnd(engine);
    expect(run).toMatchObject({ status: 'ERROR', errorCode: 'SP_API_UNAVAILABLE' });
    expect(run.error).toMatch(/same page/);
    expect(simulator.count('searchOrders')).toBeLessThan(6);
    simulator.faults.clear();
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK' });
    await truth(simulator);
  });

  it('#12 reads one order by its id that is missing in lists', async () => {
    const { simulator, engine } = await sync({ orders: 30 });
    const missing = simulator.book.orders()[7]?.orderId ?? '';
    simulator.book.hide(missing, Number.POSITIVE_INFINITY);
    await runToEnd(engine);
    expect((await differences(database, simulator))[0]).toMatch(/order .* missing/);
    await engine.resyncOrder(missing);
    await truth(simulator);
  });

  it('#13 searches by update, so that Pending becomes Shipped', async () => {
    const { simulator, engine } = await synced(60);
    for (const { orderId } of [...withStatus(simulator, 'PENDING'), ...withStatus(simulator, 'UNSHIPPED')])
      simulator.book.ship(orderId, { at: simulator.now() - 5 * MINUTE_MS });
    await runToEnd(engine);
    expect(searches(simulator).every(({ query }) => query.lastUpdatedAfter && !query.createdAfter)).toBe(true);
    await truth(simulator);
  });

  it('#14 requests two marketplaces in one comma-separated parameter, and stores both', async () => {
    const simulator = await withSimulator({ orders: 200 });
    await runToEnd(await withEngine(database, simulator));
    expect(searches(simulator)[0]?.query.marketplaceIds).toBe(simulator.marketplaceIds.join(','));
    const counts = await database.query<{ id: string; orders: number }>(
      `SELECT marketplace_id AS id, count(*)::int AS orders FROM amazon_order GROUP BY 1`,
    );
    for (const id of simulator.marketplaceIds)
      expect(counts.find((count) => count.id === id)?.orders).toBe(
        simulator.book.orders().filter((order) => order.salesChannel.marketplaceId === id).length,
      );
  });

  it('#15 reports the one marketplace with a 403, and reads the others', async () => {
    const simulator = await withSimulator({ orders: 120 });
    const [, refused = ''] = simulator.marketplaceIds;
    simulator.faults.add({ fault: { kind: 'forbid-marketplace', marketplaceId: refused } });
    const run = await runToEnd(await withEngine(database, simulator));
    expect(run).toMatchObject({ errorCode: 'SP_API_FORBIDDEN', refusedMarketplaceIds: [refused] });
    expect(run.error).toContain(refused);
    expect(
      await differences(database, simulator, {
        without: (order) => order.salesChannel.marketplaceId === refused,
      }),
    ).toEqual([]);
  });

  it('#16 requests status and totals; a page without them fails the run and overwrites nothing', async () => {
    const { simulator, engine } = await synced(150, 40 * 24 * HOUR_MS);
    expect(searches(simulator).every(({ query }) => query.includedData?.startsWith('FULFILLMENT,PROCEEDS,'))).toBe(
      true,
    );
    simulator.faults.add({ fault: { kind: 'omit-fulfillment' } });
    const run = await runToEnd(engine);
    expect(run).toMatchObject({ status: 'ERROR', errorCode: 'SP_API_UNAVAILABLE', ordersUpdated: 0 });
    expect(run.error).toMatch(/left the requested status out/);
    await truth(simulator);
  });

  it('#16 rejects a single order without status, and reads it again in the next run', async () => {
    const simulator = await withSimulator({ orders: 101 });
    simulator.faults.add({ operation: 'searchOrders', on: { from: 2 }, fault: { kind: 'omit-fulfillment' } });
    const engine = await withEngine(database, simulator);
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK', ordersSeen: 100, ordersRejected: 1 });
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK', ordersInserted: 1 });
    expect(simulator.count('getOrder')).toBe(1);
    await truth(simulator);
  });

  it('#17 stores null for a pending order without a price or with 0, then the price', async () => {
    const { simulator, engine } = await synced(300);
    const pending = withStatus(simulator, 'PENDING').filter((order) => !Number(order.proceeds?.grandTotal?.amount));
    expect(pending.length).toBeGreaterThan(3);
    const prices = () =>
      database.query<{ amount: string | null }>(
        `SELECT DISTINCT order_total_amount AS amount FROM amazon_order WHERE amazon_order_id = ANY ($1)`,
        [pending.map(({ orderId }) => orderId)],
      );
    expect(await prices()).toEqual([{ amount: null }]);
    for (const { orderId } of pending) simulator.book.price(orderId, { at: simulator.now() - 5 * MINUTE_MS });
    await runToEnd(engine);
    expect((await prices()).some(({ amount }) => Number(amount) > 0)).toBe(true);
    await truth(simulator);
  });

  it('#18 updates each status of a known order, cancellations included, and the ledger', async () => {
    const { simulator, engine } = await synced(100);
    const cancelled = withStatus(simulator, 'UNSHIPPED').map(({ orderId }) => orderId);
    const lines = () => database.query(`SELECT 1 AS line FROM order_items WHERE order_id = ANY ($1)`, [cancelled]);
    expect((await lines()).length).toBeGreaterThan(0);
    for (const id of cancelled) simulator.book.cancel(id, { at: simulator.now() - 5 * MINUTE_MS });
    await runToEnd(engine);
    expect(await lines()).toEqual([]);
    await truth(simulator);
  });

  it('#19 moves the cursor to the fixed bound, past rejected orders', async () => {
    const simulator = await withSimulator({ orders: 100 });
    simulator.book.add({ orderId: '700-0000000-0000001', createdTime: 'yesterday' }, simulator.now() - HOUR_MS);
    const run = await runToEnd(await withEngine(database, simulator));
    expect(run).toMatchObject({ status: 'OK', ordersRejected: 1 });
    const cursors = await database.query<{ until: Date }>('SELECT items_proven_until AS until FROM sync_cursor');
    for (const { until } of cursors) expect(until).toEqual(run.updatedBefore);
    expect(run.updatedBefore.getTime()).toBeLessThan(run.startedAt.getTime() - 2 * MINUTE_MS);
  });

  it('#20 stores orders in any order of arrival', async () => {
    const { simulator, engine } = await sync({ orders: 90, maxPerPage: 20, order: 'shuffled' });
    const { id } = await engine.start({ dryRun: false, includeItems: true, trigger: 'MANUAL' });
    const progress: (number | null)[] = [];
    for await (const run of engine.watch(id, new AbortController().signal)) progress.push(run.progress);
    expect(await endOf(engine, id)).toMatchObject({ status: 'OK', ordersSeen: 90 });
    expect(progress).toContain(null);
    await truth(simulator);
  });

  it('#21 renews an access token that expires during a sync, with one more call', async () => {
    const simulator = await withSimulator({ orders: 90, maxPerPage: 20 });
    simulator.faults.add({ on: { from: 3 }, fault: { kind: 'expire-access-token' } });
    const run = await runToEnd(await withEngine(database, simulator));
    expect(run).toMatchObject({ status: 'OK', requests: 6 });
    expect(simulator.count('token')).toBe(2);
    await truth(simulator);
  });

  it('#22 reports a revoked authorisation or an expired secret at once, without a retry', async () => {
    const { simulator, engine } = await sync({ orders: 10 });
    for (const [fault, code] of [
      ['invalid-grant', 'LWA_INVALID_GRANT'],
      ['invalid-client', 'LWA_INVALID_CLIENT'],
    ] as const) {
      simulator.clearRequests();
      simulator.faults.add({ fault: { kind: fault } });
      expect(await runToEnd(engine)).toMatchObject({ status: 'ERROR', errorCode: code, requests: 0 });
      expect(simulator.count()).toBe(1);
      simulator.faults.clear();
    }
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK' });
  });

  it('#23 stores unknown values as text, and rejects unreadable orders only', async () => {
    const simulator = await withSimulator({ orders: 50, maxPerPage: 20 });
    simulator.faults.add({ on: { from: 1 }, fault: { kind: 'unreadable-order', index: 4 } });
    const engine = await withEngine(database, simulator, { settings: { overlapMs: 40 * 24 * HOUR_MS } });
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK', ordersSeen: 49, ordersRejected: 1 });
    expect(withStatus(simulator, 'INVOICE_UNCONFIRMED').length).toBeGreaterThan(0);
    expect(await runToEnd(engine)).toMatchObject({ ordersInserted: 1, ordersUnchanged: 49 });
    expect(await database.query('SELECT 1 AS one FROM rejected_order')).toEqual([]);
    await truth(simulator);
  });

  it('#24 reads the window of a failed run in the next one (killed ones: processes/deaths.db.test.ts)', async () => {
    const { simulator, engine } = await sync({ orders: 70, maxPerPage: 20 });
    simulator.faults.add({
      operation: 'searchOrders',
      on: { from: 2, count: 9 },
      fault: { kind: '400-invalid-input' },
    });
    expect(await runToEnd(engine)).toMatchObject({ status: 'ERROR', ordersInserted: 20 });
    expect(await database.query('SELECT 1 AS one FROM sync_cursor')).toEqual([]);
    simulator.faults.clear();
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK', ordersInserted: 50 });
    await truth(simulator);
  });

  it('#25 sends UTC, stores local days, and does not parse a 503 as HTML', async () => {
    const simulator = await withSimulator({ orders: 200 });
    const clock = createVirtualClock('jumps', new Date().toISOString());
    simulator.faults.add({ operation: 'searchOrders', on: { from: 1 }, fault: { kind: '503-html' } });
    expect(await runToEnd(await withEngine(database, simulator, { clock }))).toMatchObject({ status: 'OK' });
    for (const { query } of searches(simulator))
      for (const instant of [query.lastUpdatedAfter, query.lastUpdatedBefore])
        expect(instant).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const shifted = await database.query(
      `SELECT 1 AS one FROM order_items l JOIN amazon_order o ON o.amazon_order_id = l.order_id
        WHERE l.order_date <> (o.purchase_date AT TIME ZONE 'UTC')::date`,
    );
    expect(shifted.length).toBeGreaterThan(0);
    await truth(simulator);
  });

  async function synced(orders: number, overlapMs = 600_000): Promise<{ simulator: Simulator; engine: SyncEngine }> {
    const { simulator, engine } = await sync({ orders }, { settings: { overlapMs } });
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK' });
    return { simulator, engine };
  }
});
