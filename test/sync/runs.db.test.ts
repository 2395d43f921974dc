import { describe, expect, vi } from 'vitest';
import type { SyncRun } from '../../src/generated/prisma/client.js';
import type { SyncEngine } from '../../src/sync/engine.js';
import { it } from '../helpers/fixtures.js';
import { waitersFor } from '../helpers/lock-waiters.js';
import { differences } from '../helpers/truth.js';
import { databaseKind } from '../helpers/with-database.js';
import { emptyMirror, endOf, runToEnd, withEngine, withSimulator } from '../helpers/with-sync.js';

const manual = { dryRun: false, includeItems: true, trigger: 'MANUAL' } as const;
const never = new AbortController().signal;

/** All that a watcher sees, to the end of the stream. */
async function seen(runs: AsyncIterable<SyncRun>): Promise<SyncRun[]> {
  const all: SyncRun[] = [];
  for await (const run of runs) all.push(run);
  return all;
}

/** The first state of the run that passes. */
async function until(engine: SyncEngine, id: bigint, passes: (run: SyncRun) => boolean): Promise<SyncRun> {
  for await (const run of engine.watch(id, never)) if (passes(run)) return run;
  throw new Error('The run ended before.');
}

describe('runs', () => {
  it.beforeEach(({ database }) => emptyMirror(database));

  it('go one at a time: of several asked for at once one starts, the others name it', async ({ sync }) => {
    const { simulator, engine } = await sync({ orders: 200 });
    const hold = simulator.hold('searchOrders');
    const results = await Promise.allSettled([1, 2, 3].map(() => engine.start(manual)));
    const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(started).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected')
        expect(result.reason).toMatchObject({ code: 'SYNC_ALREADY_RUNNING', extensions: { runId: started[0]?.id } });
    hold.release();
    expect(await endOf(engine, started[0]?.id ?? 0n)).toMatchObject({ status: 'OK' });
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK' });
  });

  it('are seen as they are by who watches from the start, from the middle and after the end', async ({ sync }) => {
    const { engine } = await sync({ orders: 500 });
    const { id } = await engine.start(manual);
    const fromStart = seen(engine.watch(id, never));
    await until(engine, id, (run) => run.pages >= 2);
    const fromMiddle = await seen(engine.watch(id, never));
    const afterEnd = await seen(engine.watch(id, never));
    const states = await fromStart;
    expect(states[0]).toMatchObject({ status: 'RUNNING' });
    for (const [index, run] of states.entries()) {
      const before = states[index - 1];
      if (before) expect(run.ordersSeen).toBeGreaterThanOrEqual(before.ordersSeen);
    }
    expect(fromMiddle[0]?.pages).toBeGreaterThanOrEqual(2);
    for (const last of [states.at(-1), fromMiddle.at(-1), afterEnd[0]])
      expect(last).toMatchObject({ id, status: 'OK', ordersSeen: 500 });
    expect(afterEnd).toHaveLength(1);
  });

  it('are not misled by what others say on their channel', async ({ sync }) => {
    const { database, simulator, engine } = await sync({ orders: 200 });
    const hold = simulator.hold('searchOrders');
    const { id } = await engine.start(manual);
    const states = seen(engine.watch(id, never));
    await hold.arrived;
    for (const text of ['', 'refresh', '-1', '1.5'])
      await database.query(`SELECT pg_notify(channel, $1) FROM unnest($2::text[]) AS channel`, [
        text,
        ['sync_run', 'sync_run_unclaimed', 'sync_run_cancelled'],
      ]);
    hold.release();
    expect((await states).at(-1)).toMatchObject({ id, status: 'OK', ordersSeen: 200 });
  });

  it('go on from their checkpoint after the database has undone a page for another’s sake', async ({ sync }) => {
    const { database, simulator, engine } = await sync({ orders: 300 });
    for (const statement of [
      'CREATE SEQUENCE victims',
      `CREATE FUNCTION be_victim() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF nextval('victims') = 2 THEN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END IF;
         RETURN NULL;
       END $$`,
      'CREATE TRIGGER victim AFTER INSERT ON amazon_order FOR EACH STATEMENT EXECUTE FUNCTION be_victim()',
    ])
      await database.query(statement);
    try {
      expect(await runToEnd(engine)).toMatchObject({ status: 'OK', pages: 3, ordersSeen: 300, ordersInserted: 300 });
    } finally {
      await database.query('DROP FUNCTION be_victim CASCADE');
      await database.query('DROP SEQUENCE victims');
    }
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('are planned anew when another account came while they were planned', async ({ database }) => {
    const simulator = await withSimulator({ orders: 10 });
    await runToEnd(await withEngine(database, simulator));
    let forgotten = false;
    const transaction: typeof database.transaction = async (work, first) => {
      if (!forgotten) await database.query('DELETE FROM sync_cursor');
      forgotten = true;
      return database.transaction(work, first);
    };
    const engine = await withEngine({ ...database, transaction }, simulator, { works: false });
    const { startedAt, updatedAfter } = await engine.start(manual);
    expect(startedAt.getTime() - updatedAfter.getTime()).toBeGreaterThan(29 * 86_400_000);
  });

  it.runIf(databaseKind === 'postgres')(
    'wait for an account that is being changed, and are planned for the one that comes',
    async ({ database }) => {
      const simulator = await withSimulator({ orders: 10 });
      await runToEnd(await withEngine(database, simulator));
      const engine = await withEngine(database, simulator, { works: false });
      let started: Promise<SyncRun> | undefined;
      // As saveConnection does it.
      await database.transaction(async (sql) => {
        await sql.query('LOCK TABLE amazon_connection IN SHARE ROW EXCLUSIVE MODE');
        await sql.query('DELETE FROM sync_cursor');
        started = engine.start(manual);
        await waitersFor(database, ['amazon_connection']);
      });
      const run = await started;
      expect(Number(run?.startedAt) - Number(run?.updatedAfter)).toBeGreaterThan(29 * 86_400_000);
    },
  );

  it('without an id: the next one to start, and those after it, until the watcher goes', async ({ sync }) => {
    const { database, engine } = await sync({ orders: 10 });
    await runToEnd(engine);
    const gone = new AbortController();
    const ended: bigint[] = [];
    let watching = () => {};
    const listening = new Promise<void>((resolve) => {
      watching = resolve;
    });
    const watch = (async () => {
      const stream = engine.watch(null, gone.signal)[Symbol.asyncIterator]();
      const first = stream.next();
      watching();
      for (let next = await first; !next.done; next = await stream.next()) {
        if (next.value.status === 'RUNNING') continue;
        ended.push(next.value.id);
        if (ended.length === 2) gone.abort();
      }
    })();
    await listening;
    // The watch reads where it stands before it waits; a statement after it is answered after it.
    await database.query('SELECT 1 AS one');
    const one = await runToEnd(engine);
    const two = await runToEnd(engine);
    await watch;
    expect(ended).toEqual([one.id, two.id]);
  });

  it('are cancelled in the middle of a call, keep what is in, and leave the cursor', async ({ sync }) => {
    const { database, simulator, engine } = await sync({ orders: 500 });
    simulator.faults.add({ operation: 'searchOrders', on: { from: 3 }, fault: { kind: 'hang' } });
    const { id } = await engine.start(manual);
    await until(engine, id, (run) => run.pages === 2);
    await engine.cancel(id);
    expect(await endOf(engine, id)).toMatchObject({ status: 'CANCELLED', ordersInserted: 200, errorCode: null });
    expect(await database.query('SELECT * FROM sync_cursor')).toEqual([]);
    expect(await engine.cancel(id)).toMatchObject({ status: 'CANCELLED' });
    simulator.faults.clear();
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK' });
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('are cancelled while they wait for quota, which they show', async ({ sync }) => {
    const { engine } = await sync({
      orders: 500,
      usagePlans: { searchOrders: { rate: 0.0056, burst: 2 } },
    });
    const { id } = await engine.start(manual);
    const waiting = await until(engine, id, (run) => run.waitingUntil !== null);
    expect(waiting.waitingUntil?.getTime()).toBeGreaterThan(Date.now() + 100_000);
    await engine.cancel(id);
    expect(await endOf(engine, id)).toMatchObject({ status: 'CANCELLED', waitingUntil: null, pages: 2 });
  });

  it('refuse to cancel what is not there', async ({ sync }) => {
    const { engine } = await sync({ orders: 1 });
    await expect(engine.cancel(999_999n)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(seen(engine.watch(999_999n, never))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('left by a process that stops go on from their page, without a page read twice', async ({ database }) => {
    const simulator = await withSimulator({ orders: 700 });
    const first = await withEngine(database, simulator);
    const { id } = await first.start(manual);
    await until(first, id, (run) => run.pages >= 2);
    await first.stop();
    const readBefore = simulator.count('searchOrders');
    const second = await withEngine(database, simulator);
    const run = await endOf(second, id);
    expect(run).toMatchObject({ status: 'OK', ordersSeen: 700, ordersInserted: 700 });
    expect(readBefore).toBeLessThan(7);
    expect(simulator.count('searchOrders') - readBefore).toBeLessThanOrEqual(7 - readBefore + 1);
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('whose token is too old read their window again from its first page', async ({ database }) => {
    const simulator = await withSimulator({ orders: 300 });
    const first = await withEngine(database, simulator);
    simulator.faults.add({ operation: 'searchOrders', on: { from: 2 }, fault: { kind: 'hang' } });
    const { id } = await first.start(manual);
    await until(first, id, (run) => run.pages === 1);
    await vi.waitFor(() => expect(simulator.count('searchOrders')).toBe(2));
    await first.stop();
    simulator.faults.clear();
    await database.query(`UPDATE sync_run SET page_token_at = page_token_at - interval '23 hours 1 minute'`);
    simulator.clearRequests();
    const run = await endOf(await withEngine(database, simulator), id);
    expect(run).toMatchObject({ status: 'OK', ordersInserted: 300 });
    expect(simulator.count('searchOrders')).toBe(3);
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('that die with whoever takes them are given up as INTERRUPTED', async ({ database }) => {
    const simulator = await withSimulator({ orders: 10 });
    const starter = await withEngine(database, simulator, { works: false });
    const { id } = await starter.start(manual);
    await database.query('UPDATE sync_run SET attempts = 5');
    await withEngine(database, simulator);
    expect(await endOf(starter, id)).toMatchObject({ status: 'ERROR', errorCode: 'INTERRUPTED' });
  });

  it('that no process has taken yet are cancelled at once', async ({ sync }) => {
    const starter = (await sync({ orders: 10 }, { works: false })).engine;
    const { id } = await starter.start(manual);
    expect(await starter.cancel(id)).toMatchObject({ status: 'CANCELLED' });
    expect(await endOf(starter, id)).toMatchObject({ status: 'CANCELLED' });
  });

  it('let a process that lost its claim write nothing more', async ({ sync }) => {
    const { database, simulator, engine } = await sync({ orders: 300 }, { settings: { heartbeatMs: 60_000 } });
    const hold = simulator.hold('searchOrders');
    const { id } = await engine.start(manual);
    await hold.arrived;
    await database.query(
      `UPDATE sync_run SET claim = gen_random_uuid(), heartbeat_at = now() + interval '1 hour' WHERE id = $1`,
      [id],
    );
    hold.release();
    await engine.stop();
    expect(await database.query('SELECT 1 AS one FROM amazon_order')).toEqual([]);
    expect(await database.query('SELECT pages, status FROM sync_run WHERE id = $1', [id])).toEqual([
      { pages: 0, status: 'RUNNING' },
    ]);
  });

  it.runIf(databaseKind === 'postgres')(
    'are taken over by another process when theirs stalls',
    async ({ database }) => {
      const simulator = await withSimulator({ orders: 400 });
      // Its heart beats once a minute: to the others it is dead after a second.
      const stalled = await withEngine(database, simulator, { settings: { heartbeatMs: 60_000 } });
      simulator.faults.add({ operation: 'searchOrders', on: { from: 2 }, fault: { kind: 'hang' } });
      const { id } = await stalled.start(manual);
      await until(stalled, id, (run) => run.pages === 1);
      const healthy = await withEngine(database, simulator);
      expect(await endOf(healthy, id)).toMatchObject({ status: 'OK', ordersSeen: 400, ordersInserted: 400, pages: 4 });
      expect(await differences(database, simulator)).toEqual([]);
    },
  );
});
