import { describe, expect, vi } from 'vitest';
import type { Database } from '../../src/database/database.js';
import type { SyncRun } from '../../src/generated/prisma/client.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { it } from '../helpers/fixtures.js';
import { holdWrites } from '../helpers/held-writes.js';
import { differences } from '../helpers/truth.js';
import { createVirtualClock } from '../helpers/virtual-clock.js';
import { databaseKind } from '../helpers/with-database.js';
import {
  type EngineOptions,
  emptyMirror,
  endOf,
  MANUAL,
  runToEnd,
  untilRun,
  withEngine,
  withSimulator,
} from '../helpers/with-sync.js';

const never = new AbortController().signal;

const searched = (simulator: Simulator, times: number) =>
  vi.waitFor(() => expect(simulator.count('searchOrders')).toBe(times), { interval: 5, timeout: 60_000 });

describe('while a page is saved', () => {
  it.beforeEach(({ database }) => emptyMirror(database));

  /** Starts a run, holds its first page inside the transaction, and waits until the second has been requested. */
  async function heldAtFirstPage(database: Database, options: EngineOptions = {}) {
    const simulator = await withSimulator({ orders: 70, maxPerPage: 20 });
    const writes = holdWrites(database);
    const engine = await withEngine(writes.database, simulator, options);
    simulator.faults.add({ operation: 'searchOrders', on: { from: 2 }, fault: { kind: 'hang' } });
    const { id } = await engine.start(MANUAL);
    await writes.untilHeld();
    await searched(simulator, 2);
    return { simulator, writes, engine, id };
  }

  it('requests the next page, and no further one', async ({ database }) => {
    const simulator = await withSimulator({ orders: 70, maxPerPage: 20 });
    const writes = holdWrites(database);
    const engine = await withEngine(writes.database, simulator);
    const { id } = await engine.start(MANUAL);
    await writes.untilHeld();
    await vi.waitFor(() => expect(simulator.requests.filter(({ status }) => status === 200)).toHaveLength(3), 60_000);
    expect(simulator.requests.map(({ operation }) => operation)).toEqual(['token', 'searchOrders', 'searchOrders']);
    writes.release();
    expect(await endOf(engine, id)).toMatchObject({ status: 'OK', pages: 4, requests: 4, ordersSeen: 70 });
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('keeps the page when the next call fails', async ({ database }) => {
    const simulator = await withSimulator({ orders: 70, maxPerPage: 20 });
    const writes = holdWrites(database);
    const engine = await withEngine(writes.database, simulator);
    simulator.faults.add({ on: { from: 2, count: 9 }, fault: { kind: '400-invalid-input' } });
    const { id } = await engine.start(MANUAL);
    await writes.untilHeld();
    await vi.waitFor(() => expect(simulator.requests.some(({ status }) => status === 400)).toBe(true), 60_000);
    writes.release();
    expect(await endOf(engine, id)).toMatchObject({
      status: 'ERROR',
      errorCode: 'SP_API_INVALID_INPUT',
      pages: 1,
      ordersInserted: 20,
    });
    simulator.faults.clear();
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK', ordersInserted: 50 });
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('aborts the next call when saving the page fails, and counts that call', async ({ database }) => {
    const { simulator, writes, engine, id } = await heldAtFirstPage(database);
    writes.release(Object.assign(new Error('No space left on device'), { code: '53100' }));
    expect(await endOf(engine, id)).toMatchObject({
      status: 'ERROR',
      errorCode: 'INTERRUPTED',
      pages: 0,
      requests: 2,
      ordersSeen: 0,
    });
    expect(await database.query('SELECT 1 AS one FROM amazon_order')).toEqual([]);
    expect(simulator.count('searchOrders')).toBe(2);
  });

  it('aborts the next call on cancelSync, and keeps the page', async ({ database }) => {
    const { writes, engine, id } = await heldAtFirstPage(database);
    const cancelled = engine.cancel(id);
    writes.release();
    await cancelled;
    expect(await endOf(engine, id)).toMatchObject({
      status: 'CANCELLED',
      pages: 1,
      requests: 2,
      ordersInserted: 20,
      waitingUntil: null,
    });
    expect(await database.query('SELECT * FROM sync_cursor')).toEqual([]);
  });

  it('leaves the run at the saved page on a shutdown, and the next process continues there', async ({ database }) => {
    const { simulator, writes, engine, id } = await heldAtFirstPage(database);
    const stopped = engine.stop();
    writes.release();
    await stopped;
    const [left] = await database.query('SELECT status, pages, requests, claim, orders_seen FROM sync_run');
    expect(left).toEqual({ status: 'RUNNING', pages: 1, requests: 2, claim: null, orders_seen: 20 });
    simulator.faults.clear();
    const run = await endOf(await withEngine(database, simulator), id);
    expect(run).toMatchObject({ status: 'OK', pages: 4, requests: 5, ordersInserted: 70, ordersUnchanged: 0 });
    expect(await differences(database, simulator)).toEqual([]);
  });

  it.runIf(databaseKind === 'postgres')('aborts the next call when the lease is lost', async ({ database }) => {
    const { writes, engine, id } = await heldAtFirstPage(database, { settings: { heartbeatMs: 60_000 } });
    await database.query(
      `UPDATE sync_run SET claim = gen_random_uuid(), heartbeat_at = now() + interval '1 hour' WHERE id = $1`,
      [id],
    );
    writes.release();
    await engine.stop();
    expect(await database.query('SELECT 1 AS one FROM amazon_order')).toEqual([]);
    expect(await database.query('SELECT pages, status, requests FROM sync_run')).toEqual([
      { pages: 0, status: 'RUNNING', requests: 0 },
    ]);
  });

  it('shows that the next call waits for quota, before and after the page is saved', async ({ database }) => {
    const simulator = await withSimulator({
      orders: 70,
      maxPerPage: 20,
      usagePlans: { searchOrders: { rate: 0.0056, burst: 1 } },
    });
    await database.query(
      `INSERT INTO usage_plan (operation, tokens, rate, updated_at) VALUES ('searchOrders', 1, 0.0056, now())`,
    );
    const writes = holdWrites(database);
    const engine = await withEngine(writes.database, simulator);
    const { id } = await engine.start(MANUAL);
    await writes.untilHeld();
    // PGlite has one session: the wait is recorded after the page's transaction.
    if (databaseKind === 'postgres') await untilRun(engine, id, (run) => run.waitingUntil !== null && run.pages === 0);
    writes.release();
    await untilRun(engine, id, (run) => run.waitingUntil !== null && run.pages === 1);
    await engine.cancel(id);
    expect(await endOf(engine, id)).toMatchObject({ status: 'CANCELLED', waitingUntil: null, pages: 1, requests: 1 });
    const [plan] = await database.query<{ tokens: number }>(`SELECT tokens FROM usage_plan`);
    expect(plan?.tokens).toBeLessThan(1);
    expect(plan?.tokens).toBeGreaterThanOrEqual(0);
  });

  it('counts a refused next call, before and after the page is saved', async ({ database }) => {
    const simulator = await withSimulator({ orders: 70, maxPerPage: 20 });
    const writes = holdWrites(database);
    const engine = await withEngine(writes.database, simulator);
    simulator.faults.add({ operation: 'searchOrders', on: { from: 2 }, fault: { kind: '429', retryAfter: '60' } });
    const { id } = await engine.start(MANUAL);
    await writes.untilHeld();
    const refused = (run: SyncRun) => run.waitingFor === 'QUOTA' || run.waitingFor === 'RETRY';
    if (databaseKind === 'postgres') await untilRun(engine, id, (run) => refused(run) && run.requests === 2);
    else await searched(simulator, 2);
    writes.release();
    const written = await untilRun(engine, id, (run) => run.pages === 1 && refused(run));
    expect(written).toMatchObject({ requests: 2 });
    await engine.cancel(id);
    expect(await endOf(engine, id)).toMatchObject({ status: 'CANCELLED', requests: 2 });
  });

  it('never shows watchers decreasing counters, whatever fails', async ({ sync }) => {
    const clock = createVirtualClock('jumps');
    const { simulator, engine } = await sync(
      { orders: 240, maxPerPage: 20, now: clock.time },
      { clock, settings: { leaseMs: 60_000 } },
    );
    for (const from of [2, 4, 5, 7, 9, 10, 12])
      simulator.faults.add({ operation: 'searchOrders', on: { from }, fault: { kind: from % 2 ? '500' : '429' } });
    const { id } = await engine.start(MANUAL);
    const states: SyncRun[] = [];
    for await (const run of engine.watch(id, never)) states.push(run);
    expect(states.at(-1)).toMatchObject({ status: 'OK', pages: 12, ordersSeen: 240, waitingUntil: null });
    expect(states.at(-1)?.requests).toBe(simulator.count('searchOrders'));
    for (const counter of ['pages', 'requests', 'ordersSeen', 'itemsSeen', 'progress'] as const) {
      const seen = states.map((run) => run[counter] ?? 0);
      expect(seen, counter).toEqual(seen.toSorted((a, b) => a - b));
    }
  });
});
