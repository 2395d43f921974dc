import { describe, expect, vi } from 'vitest';
import type { Database } from '../../src/database/database.js';
import type { SyncRun } from '../../src/generated/prisma/client.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import type { SyncEngine } from '../../src/sync/engine.js';
import { it } from '../helpers/fixtures.js';
import { holdWrites } from '../helpers/held-writes.js';
import { differences } from '../helpers/truth.js';
import { createVirtualClock } from '../helpers/virtual-clock.js';
import { databaseKind } from '../helpers/with-database.js';
import { type EngineOptions, emptyMirror, endOf, runToEnd, withEngine, withSimulator } from '../helpers/with-sync.js';

const manual = { dryRun: false, includeItems: true, trigger: 'MANUAL' } as const;
const never = new AbortController().signal;

const searched = (simulator: Simulator, times: number) =>
  vi.waitFor(() => expect(simulator.count('searchOrders')).toBe(times), { interval: 5, timeout: 10_000 });

async function until(engine: SyncEngine, id: bigint, passes: (run: SyncRun) => boolean): Promise<SyncRun> {
  for await (const run of engine.watch(id, never)) if (passes(run)) return run;
  throw new Error('The run ended before.');
}

describe('while a page is written', () => {
  it.beforeEach(({ database }) => emptyMirror(database));

  /** A run whose first page is held in the middle of its transaction; the call for the second has arrived at Amazon. */
  async function heldAtFirstPage(database: Database, options: EngineOptions = {}) {
    const simulator = await withSimulator({ orders: 350 });
    const writes = holdWrites(database);
    const engine = await withEngine(writes.database, simulator, options);
    simulator.faults.add({ operation: 'searchOrders', on: { from: 2 }, fault: { kind: 'hang' } });
    const { id } = await engine.start(manual);
    await writes.reached;
    await searched(simulator, 2);
    return { simulator, writes, engine, id };
  }

  it('the next one is on its way, and only that one', async ({ database }) => {
    const simulator = await withSimulator({ orders: 350 });
    const writes = holdWrites(database);
    const engine = await withEngine(writes.database, simulator);
    const { id } = await engine.start(manual);
    await writes.reached;
    await vi.waitFor(() => expect(simulator.requests.filter(({ status }) => status === 200)).toHaveLength(3), 10_000);
    expect(simulator.requests.map(({ operation }) => operation)).toEqual(['token', 'searchOrders', 'searchOrders']);
    writes.release();
    expect(await endOf(engine, id)).toMatchObject({ status: 'OK', pages: 4, requests: 4, ordersSeen: 350 });
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('a failure of the next call loses nothing of it', async ({ database }) => {
    const simulator = await withSimulator({ orders: 350 });
    const writes = holdWrites(database);
    const engine = await withEngine(writes.database, simulator);
    simulator.faults.add({ on: { from: 2, count: 9 }, fault: { kind: '400-invalid-input' } });
    const { id } = await engine.start(manual);
    await writes.reached;
    await vi.waitFor(() => expect(simulator.requests.some(({ status }) => status === 400)).toBe(true), 10_000);
    writes.release();
    expect(await endOf(engine, id)).toMatchObject({
      status: 'ERROR',
      errorCode: 'SP_API_INVALID_INPUT',
      pages: 1,
      ordersInserted: 100,
    });
    simulator.faults.clear();
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK', ordersInserted: 250 });
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('its failure stops the call that is under way, which is counted', async ({ database }) => {
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

  it('cancelling stops the call that is under way; the page is kept', async ({ database }) => {
    const { writes, engine, id } = await heldAtFirstPage(database);
    const cancelled = engine.cancel(id);
    writes.release();
    await cancelled;
    expect(await endOf(engine, id)).toMatchObject({
      status: 'CANCELLED',
      pages: 1,
      requests: 2,
      ordersInserted: 100,
      waitingUntil: null,
    });
    expect(await database.query('SELECT * FROM sync_cursor')).toEqual([]);
  });

  it('a stop leaves the run at what is written, and the next process goes on right there', async ({ database }) => {
    const { simulator, writes, engine, id } = await heldAtFirstPage(database);
    const stopped = engine.stop();
    writes.release();
    await stopped;
    const [left] = await database.query('SELECT status, pages, requests, claim, orders_seen FROM sync_run');
    expect(left).toEqual({ status: 'RUNNING', pages: 1, requests: 2, claim: null, orders_seen: 100 });
    simulator.faults.clear();
    const run = await endOf(await withEngine(database, simulator), id);
    expect(run).toMatchObject({ status: 'OK', pages: 4, requests: 5, ordersInserted: 350, ordersUnchanged: 0 });
    expect(await differences(database, simulator)).toEqual([]);
  });

  it.runIf(databaseKind === 'postgres')(
    'a claim that was lost stops the call that is under way',
    async ({ database }) => {
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
    },
  );

  it('the next call waits for quota: the run shows that, and goes on showing it once the page is in', async ({
    database,
  }) => {
    const simulator = await withSimulator({ orders: 350, usagePlans: { searchOrders: { rate: 0.0056, burst: 1 } } });
    await database.query(
      `INSERT INTO usage_plan (operation, tokens, rate, updated_at) VALUES ('searchOrders', 1, 0.0056, now())`,
    );
    const writes = holdWrites(database);
    const engine = await withEngine(writes.database, simulator);
    const { id } = await engine.start(manual);
    await writes.reached;
    // On PGlite the wait is shown after the page's transaction; it has the one session.
    if (databaseKind === 'postgres') await until(engine, id, (run) => run.waitingUntil !== null && run.pages === 0);
    writes.release();
    await until(engine, id, (run) => run.waitingUntil !== null && run.pages === 1);
    await engine.cancel(id);
    expect(await endOf(engine, id)).toMatchObject({ status: 'CANCELLED', waitingUntil: null, pages: 1, requests: 1 });
    const [plan] = await database.query<{ tokens: number }>(`SELECT tokens FROM usage_plan`);
    expect(plan?.tokens).toBeLessThan(1);
    expect(plan?.tokens).toBeGreaterThanOrEqual(0);
  });

  it('a call that was made meanwhile, and refused, stays counted once the page is in', async ({ database }) => {
    const simulator = await withSimulator({ orders: 350 });
    const writes = holdWrites(database);
    const engine = await withEngine(writes.database, simulator);
    simulator.faults.add({ operation: 'searchOrders', on: { from: 2 }, fault: { kind: '429' } });
    const { id } = await engine.start(manual);
    await writes.reached;
    const refused = (run: SyncRun) => run.waitingFor === 'QUOTA' || run.waitingFor === 'RETRY';
    if (databaseKind === 'postgres') await until(engine, id, (run) => refused(run) && run.requests === 2);
    else await searched(simulator, 2);
    writes.release();
    const written = await until(engine, id, (run) => run.pages === 1 && refused(run));
    expect(written).toMatchObject({ requests: 2 });
    await engine.cancel(id);
    expect(await endOf(engine, id)).toMatchObject({ status: 'CANCELLED', requests: 2 });
  });

  it('what watchers see never goes back, whatever fails on the way', async ({ sync }) => {
    const clock = createVirtualClock('jumps');
    const { simulator, engine } = await sync(
      { orders: 1_200, now: clock.time },
      { clock, settings: { leaseMs: 60_000 } },
    );
    for (const from of [2, 4, 5, 7, 9, 10, 12])
      simulator.faults.add({ operation: 'searchOrders', on: { from }, fault: { kind: from % 2 ? '500' : '429' } });
    const { id } = await engine.start(manual);
    const states: SyncRun[] = [];
    for await (const run of engine.watch(id, never)) states.push(run);
    expect(states.at(-1)).toMatchObject({ status: 'OK', pages: 12, ordersSeen: 1_200, waitingUntil: null });
    expect(states.at(-1)?.requests).toBe(simulator.count('searchOrders'));
    for (const counter of ['pages', 'requests', 'ordersSeen', 'itemsSeen', 'progress'] as const) {
      const seen = states.map((run) => run[counter] ?? 0);
      expect(seen, counter).toEqual(seen.toSorted((a, b) => a - b));
    }
  });
});
