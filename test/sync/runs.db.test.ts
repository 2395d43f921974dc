import { describe, expect, vi } from 'vitest';
import type { Database } from '../../src/database/database.js';
import type { SyncRun } from '../../src/generated/prisma/client.js';
import { it } from '../helpers/fixtures.js';
import { waitersFor } from '../helpers/lock-waiters.js';
import { differences } from '../helpers/truth.js';
import { databaseKind } from '../helpers/with-database.js';
import { emptyMirror, endOf, MANUAL, runToEnd, untilRun, withEngine, withSimulator } from '../helpers/with-sync.js';

const never = new AbortController().signal;

/** Returns all states that a watcher gets. */
async function seen(runs: AsyncIterable<SyncRun>): Promise<SyncRun[]> {
  const all: SyncRun[] = [];
  for await (const run of runs) all.push(run);
  return all;
}

describe('a run', () => {
  it.beforeEach(({ database }) => emptyMirror(database));

  it('starts one of several concurrent requests, and names it in the errors of the others', async ({ sync }) => {
    const { simulator, engine } = await sync({ orders: 200 });
    const hold = simulator.hold('searchOrders');
    const results = await Promise.allSettled([1, 2, 3].map(() => engine.start(MANUAL)));
    const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(started).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected')
        expect(result.reason).toMatchObject({ code: 'SYNC_ALREADY_RUNNING', extensions: { runId: started[0]?.id } });
    hold.release();
    expect(await endOf(engine, started[0]?.id ?? 0n)).toMatchObject({ status: 'OK' });
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK' });
  });

  it('yields current states to watchers that subscribe at the start, during the run and after its end', async ({
    sync,
  }) => {
    const { engine } = await sync({ orders: 100, maxPerPage: 20 });
    const { id } = await engine.start(MANUAL);
    const fromStart = seen(engine.watch(id, never));
    await untilRun(engine, id, (run) => run.pages >= 2);
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
      expect(last).toMatchObject({ id, status: 'OK', ordersSeen: 100 });
    expect(afterEnd).toHaveLength(1);
  });

  it('is read again for each watcher once it has ended, rather than kept while anyone watches', async ({
    sync,
    statements,
  }) => {
    const { engine } = await sync({ orders: 1 });
    const { id } = await runToEnd(engine);
    const stopped = new AbortController();
    const stream = engine.watch('ORDERS', stopped.signal)[Symbol.asyncIterator]();
    const next = stream.next();
    const readsOf = async (watches: number) => {
      const before = statements.length;
      for (let count = 0; count < watches; count += 1) expect(await seen(engine.watch(id, never))).toHaveLength(1);
      return statements.slice(before).filter((text) => /FROM sync_run WHERE id = \$1/.test(text)).length;
    };
    expect(await readsOf(3)).toBe(3);
    stopped.abort();
    await next;
  });

  it('ignores notifications of other programs on its channels', async ({ sync }) => {
    const { database, simulator, engine } = await sync({ orders: 200 });
    const hold = simulator.hold('searchOrders');
    const { id } = await engine.start(MANUAL);
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

  const HOUR_MS = 3_600_000;

  /** Executes SQL of PL/pgSQL after each insert of a page, `inserts` of which came before; until the returned function is called. */
  async function atEachInsert(database: Database, script: string): Promise<() => Promise<void>> {
    for (const statement of [
      'CREATE SEQUENCE inserts',
      `CREATE FUNCTION at_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${script} RETURN NULL; END $$`,
      'CREATE TRIGGER at_insert AFTER INSERT ON amazon_order FOR EACH STATEMENT EXECUTE FUNCTION at_insert()',
    ])
      await database.query(statement);
    return async () => {
      await database.query('DROP FUNCTION IF EXISTS at_insert CASCADE');
      await database.query('DROP SEQUENCE IF EXISTS inserts');
    };
  }
  const DEADLOCK = `RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01';`;

  it.for([
    ['a deadlock has rolled a page back', DEADLOCK, true],
    ['the session of a page was cut', 'PERFORM pg_terminate_backend(pg_backend_pid());', databaseKind === 'postgres'],
  ] as const)('continues from the checkpoint at once after %s', async ([, script, isPossible], { skip, sync }) => {
    skip(!isPossible, 'PGlite has one session, which ends with the process.');
    const { database, simulator, engine } = await sync(
      { orders: 60, maxPerPage: 20 },
      { settings: { leaseMs: HOUR_MS } },
    );
    const end = await atEachInsert(database, `IF nextval('inserts') = 2 THEN ${script} END IF;`);
    try {
      expect(await runToEnd(engine)).toMatchObject({ status: 'OK', pages: 3, ordersSeen: 60, ordersInserted: 60 });
    } finally {
      await end();
    }
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('waits for its lease if the database fails the same page again, so that attempts are left', async ({
    sync,
    statements,
  }) => {
    const log: string[] = [];
    const settings = { leaseMs: HOUR_MS, heartbeatMs: 20 };
    const { database, engine } = await sync({ orders: 20 }, { settings, onLog: (line) => log.push(line) });
    const end = await atEachInsert(database, DEADLOCK);
    const failures = () => log.filter((line) => line.includes('The database refused a part of the sync')).length;
    const claims = () => statements.filter((text) => text.includes('SET claim = $1')).length;
    try {
      const { id } = await engine.start(MANUAL);
      await vi.waitFor(() => expect(failures()).toBe(2), 60_000);
      const before = claims();
      await vi.waitFor(() => expect(claims()).toBeGreaterThan(before + 2), 60_000);
      expect(await database.query('SELECT attempts, claim IS NULL AS free FROM sync_run')).toEqual([
        { attempts: 2, free: false },
      ]);
      await end();
      await database.query(`UPDATE sync_run SET heartbeat_at = heartbeat_at - interval '1 hour'`);
      expect(await endOf(engine, id)).toMatchObject({ status: 'OK', ordersInserted: 20 });
      expect(failures()).toBe(2);
    } finally {
      await end();
    }
  });

  it('is not released by a process that has lost it to another one', async ({ database }) => {
    const simulator = await withSimulator({ orders: 20 });
    let released = () => {};
    const release = new Promise<void>((resolve) => {
      released = resolve;
    });
    const query: typeof database.query = async (text, values, options) => {
      const releases = /SET claim = NULL/.test(text);
      if (releases) await database.query(`UPDATE sync_run SET claim = gen_random_uuid()`);
      const rows = await database.query<never>(text, values, options);
      if (releases) released();
      return rows;
    };
    const engine = await withEngine({ ...database, query }, simulator, { settings: { leaseMs: HOUR_MS } });
    const end = await atEachInsert(database, DEADLOCK);
    try {
      await engine.start(MANUAL);
      await release;
      expect(await database.query('SELECT attempts, claim IS NULL AS free FROM sync_run')).toEqual([
        { attempts: 1, free: false },
      ]);
    } finally {
      await end();
    }
  });

  it('plans again if the cursors changed during planning', async ({ database }) => {
    const simulator = await withSimulator({ orders: 10 });
    await runToEnd(await withEngine(database, simulator));
    let deleted = false;
    const transaction: typeof database.transaction = async (work, first) => {
      if (!deleted) await database.query('DELETE FROM sync_cursor');
      deleted = true;
      return database.transaction(work, first);
    };
    const engine = await withEngine({ ...database, transaction }, simulator, { works: false });
    const { startedAt, updatedAfter } = await engine.start(MANUAL);
    expect(startedAt.getTime() - updatedAfter.getTime()).toBeGreaterThan(29 * 86_400_000);
  });

  it.runIf(databaseKind === 'postgres')(
    'waits for a change of the account that is being committed, and plans for the new account',
    async ({ database }) => {
      const simulator = await withSimulator({ orders: 10 });
      await runToEnd(await withEngine(database, simulator));
      const engine = await withEngine(database, simulator, { works: false });
      let started: Promise<SyncRun> | undefined;
      // As saveConnection does.
      await database.transaction(async (sql) => {
        await sql.query('LOCK TABLE amazon_connection IN SHARE ROW EXCLUSIVE MODE');
        await sql.query('DELETE FROM sync_cursor');
        started = engine.start(MANUAL);
        await waitersFor(database, ['amazon_connection']);
      });
      const run = await started;
      expect(Number(run?.startedAt) - Number(run?.updatedAfter)).toBeGreaterThan(29 * 86_400_000);
    },
  );

  it('watches the next run and those after it without an id, until the signal is aborted', async ({ sync }) => {
    const { database, engine } = await sync({ orders: 10 });
    await runToEnd(engine);
    const stopped = new AbortController();
    const ended: bigint[] = [];
    let watching = () => {};
    const listening = new Promise<void>((resolve) => {
      watching = resolve;
    });
    const watch = (async () => {
      const stream = engine.watch('ORDERS', stopped.signal)[Symbol.asyncIterator]();
      const first = stream.next();
      watching();
      for (let next = await first; !next.done; next = await stream.next()) {
        if (next.value.status === 'RUNNING') continue;
        ended.push(next.value.id);
        if (ended.length === 2) stopped.abort();
      }
    })();
    await listening;
    // The watch reads the last run's id first; once a later statement is answered, it has.
    await database.query('SELECT 1 AS one');
    const one = await runToEnd(engine);
    const two = await runToEnd(engine);
    await watch;
    expect(ended).toEqual([one.id, two.id]);
  });

  it('cancels during a call, keeps the saved pages, and leaves the cursor', async ({ sync }) => {
    const { database, simulator, engine } = await sync({ orders: 100, maxPerPage: 20 });
    simulator.faults.add({ operation: 'searchOrders', on: { from: 3 }, fault: { kind: 'hang' } });
    const { id } = await engine.start(MANUAL);
    await untilRun(engine, id, (run) => run.pages === 2);
    await engine.cancel(id);
    expect(await endOf(engine, id)).toMatchObject({ status: 'CANCELLED', ordersInserted: 40, errorCode: null });
    expect(await database.query('SELECT * FROM sync_cursor')).toEqual([]);
    expect(await engine.cancel(id)).toMatchObject({ status: 'CANCELLED' });
    simulator.faults.clear();
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK' });
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('shows that it waits for quota, and can be cancelled then', async ({ sync }) => {
    const { engine } = await sync({
      orders: 100,
      maxPerPage: 20,
      usagePlans: { searchOrders: { rate: 0.0056, burst: 2 } },
    });
    const { id } = await engine.start(MANUAL);
    const waiting = await untilRun(engine, id, (run) => run.waitingUntil !== null);
    expect(waiting.waitingUntil?.getTime()).toBeGreaterThan(Date.now() + 100_000);
    await engine.cancel(id);
    expect(await endOf(engine, id)).toMatchObject({ status: 'CANCELLED', waitingUntil: null, pages: 2 });
  });

  it('rejects ids of runs that do not exist', async ({ sync }) => {
    const { engine } = await sync({ orders: 1 });
    await expect(engine.cancel(999_999n)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(seen(engine.watch(999_999n, never))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('continues at the next page after a shutdown, without reading a page twice', async ({ database }) => {
    const simulator = await withSimulator({ orders: 140, maxPerPage: 20 });
    const first = await withEngine(database, simulator);
    const { id } = await first.start(MANUAL);
    await untilRun(first, id, (run) => run.pages >= 2);
    await first.stop();
    const readBefore = simulator.count('searchOrders');
    const second = await withEngine(database, simulator);
    const run = await endOf(second, id);
    expect(run).toMatchObject({ status: 'OK', ordersSeen: 140, ordersInserted: 140 });
    expect(readBefore).toBeLessThan(7);
    expect(simulator.count('searchOrders') - readBefore).toBeLessThanOrEqual(7 - readBefore + 1);
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('restarts the window from its first page if the page token is too old', async ({ database }) => {
    const simulator = await withSimulator({ orders: 60, maxPerPage: 20 });
    const first = await withEngine(database, simulator);
    simulator.faults.add({ operation: 'searchOrders', on: { from: 2 }, fault: { kind: 'hang' } });
    const { id } = await first.start(MANUAL);
    await untilRun(first, id, (run) => run.pages === 1);
    await vi.waitFor(() => expect(simulator.count('searchOrders')).toBe(2), 60_000);
    await first.stop();
    simulator.faults.clear();
    await database.query(`UPDATE sync_run SET page_token_at = page_token_at - interval '23 hours 1 minute'`);
    simulator.clearRequests();
    const run = await endOf(await withEngine(database, simulator), id);
    expect(run).toMatchObject({ status: 'OK', ordersInserted: 60 });
    expect(simulator.count('searchOrders')).toBe(3);
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('writes nothing after the lease was lost', async ({ sync }) => {
    const { database, simulator, engine } = await sync(
      { orders: 60, maxPerPage: 20 },
      { settings: { heartbeatMs: 60_000 } },
    );
    const hold = simulator.hold('searchOrders');
    const { id } = await engine.start(MANUAL);
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
    'is taken over by another process when its process stalls',
    async ({ database }) => {
      const simulator = await withSimulator({ orders: 80, maxPerPage: 20 });
      // One heartbeat a minute: its lease expires after a second.
      const stalled = await withEngine(database, simulator, { settings: { heartbeatMs: 60_000 } });
      simulator.faults.add({ operation: 'searchOrders', on: { from: 2 }, fault: { kind: 'hang' } });
      const { id } = await stalled.start(MANUAL);
      await untilRun(stalled, id, (run) => run.pages === 1);
      const healthy = await withEngine(database, simulator);
      expect(await endOf(healthy, id)).toMatchObject({ status: 'OK', ordersSeen: 80, ordersInserted: 80, pages: 4 });
      expect(await differences(database, simulator)).toEqual([]);
    },
  );

  it('watches a run that starts while the watch begins', async ({ sync }) => {
    const { engine } = await sync({ orders: 10 });
    const stopped = new AbortController();
    const stream = engine.watch('ORDERS', stopped.signal)[Symbol.asyncIterator]();
    const first = stream.next();
    const { id } = await engine.start(MANUAL);
    expect((await first).value).toMatchObject({ id });
    stopped.abort();
  });

  it('records a cancelled run without a live process on the connection', async ({ database }) => {
    const simulator = await withSimulator({ orders: 30 });
    await database.query(`INSERT INTO amazon_connection (region) VALUES ('NA')`);
    const first = await withEngine(database, simulator);
    await runToEnd(first);
    await first.stop();
    const starter = await withEngine(database, simulator, { works: false });
    const { id } = await starter.start(MANUAL);
    expect(await starter.cancel(id)).toMatchObject({ status: 'CANCELLED', estimatedFinishAt: null });
    expect(await database.query('SELECT last_orders_sync_status AS status FROM amazon_connection')).toEqual([
      { status: 'CANCELLED' },
    ]);
    const abandoned = await starter.start(MANUAL);
    await database.query(
      `UPDATE sync_run SET claim = gen_random_uuid(), heartbeat_at = now() - interval '1 minute' WHERE id = $1`,
      [abandoned.id],
    );
    expect(await starter.cancel(abandoned.id)).toMatchObject({ status: 'CANCELLED' });
  });
});
