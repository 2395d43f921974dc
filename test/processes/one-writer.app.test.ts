import { describe, expect, it, vi } from 'vitest';
import { arrivals, expectConverged, hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { lockTable } from '../helpers/table-lock.js';
import { databaseKind } from '../helpers/with-database.js';
import { connectAsOwner, type ServerProcess, sharedDatabase, startProcess } from '../helpers/with-process.js';
import { withSimulator } from '../helpers/with-sync.js';
import { logWrites } from '../helpers/write-log.js';

const PAGES = 30;
/** Small pages: what these tests need is their number. */
const PAGE_SIZE = 10;
const complete = { status: 'OK', pages: PAGES, ordersSeen: PAGES * PAGE_SIZE };
const soon = { interval: 20, timeout: 60_000 };

/** Replicas on one PostgreSQL that logs who writes, and an Amazon whose next search waits until released. */
async function withReplicas(settings: Record<string, string> = {}) {
  const simulator = await withSimulator({ orders: PAGES * PAGE_SIZE, maxPerPage: PAGE_SIZE });
  const { DATABASE_URL = '', ...rest } = await sharedDatabase();
  const log = await logWrites(DATABASE_URL);
  const env = { ...rest, SP_API_ENDPOINT: simulator.url, LWA_ENDPOINT: simulator.url };
  const replicas = new Map<string, ServerProcess>();
  let token: string | undefined;
  const begin = async (name: string): Promise<ServerProcess> => {
    const server = await startProcess({ ...env, DATABASE_URL: log.urlFor(name, settings) }, { shortLease: true });
    token ??= await connectAsOwner(server.api, simulator.marketplaceIds);
    server.api.signIn(token);
    replicas.set(name, server);
    return server;
  };
  /** Returns the process that has claimed the run. */
  const atWork = (): Promise<readonly [string, ServerProcess]> =>
    vi.waitFor(() => {
      const found = [...replicas].find(([, { output }]) => /Sync (starts|continues)/.test(output()));
      if (!found) throw new Error('None works on the run.');
      return found;
    }, soon);
  return { simulator, log, env: { ...env, DATABASE_URL }, replicas, begin, atWork };
}

describe.runIf(databaseKind === 'postgres')('one of several replicas on one PostgreSQL writes', () => {
  it('while the writing one is killed repeatedly', async () => {
    const { simulator, log, env, replicas, begin, atWork } = await withReplicas();
    const first = await begin('a');
    await Promise.all([begin('b'), begin('c')]);
    let gate = simulator.hold('searchOrders');
    const id = await startRun(first.api);
    const worked: string[] = [];
    /** Returns the one that has written since the last one was killed: on a slow machine, another may have lost its lease. */
    const writing = () =>
      vi.waitFor(async () => {
        const name = (await log.writers()).at(-1) ?? '';
        const server = replicas.get(name);
        if (!server) throw new Error('None has written.');
        return [name, server] as const;
      }, soon);
    for (const substitute of ['d', 'e', 'f']) {
      await atWork();
      const pages = arrivals(simulator, 3);
      gate.release();
      await pages;
      const [name, victim] = await writing();
      gate = simulator.hold('searchOrders');
      victim.kill('SIGKILL');
      await victim.ended;
      replicas.delete(name);
      worked.push(name);
      await begin(substitute);
    }
    gate.release();
    const watcher = [...replicas.values()][0] as ServerProcess;
    expect(await untilRun(watcher.api, id, hasEnded)).toMatchObject(complete);
    const [name, last] = await writing();
    expect(await log.writers()).toEqual([...worked, name]);
    for (const other of [...replicas.values()].filter((replica) => replica !== last)) other.kill('SIGTERM');
    await expectConverged(env, last, simulator);
  });

  it.each([
    // The previous page may be inside its transaction, which PostgreSQL terminates, here sooner than after 15 s.
    { stalls: 'waiting for Amazon', at: null, settings: { idle_in_transaction_session_timeout: '2000' } },
    {
      stalls: 'in a transaction, before the fence',
      at: { table: 'amazon_order', against: 'readers' },
      settings: { idle_in_transaction_session_timeout: '2000' },
    },
    {
      stalls: 'in a transaction, after the fence',
      at: { table: 'order_items', against: 'writers' },
      settings: { idle_in_transaction_session_timeout: '2000' },
    },
  ] as const)(
    'while the one that works stalls $stalls, and wakes when another has the run',
    async ({ at, settings }) => {
      const { simulator, log, env, replicas, begin, atWork } = await withReplicas(settings);
      const first = await begin('a');
      const id = await startRun(first.api);
      await arrivals(simulator, 3);
      const [name, stalled] = await atWork();
      // The run must not end before the other process listens.
      const answer = simulator.hold('searchOrders');
      await answer.arrived;
      const other = await begin('b');
      // It is stopped with a response pending, or inside a transaction whose lock is then released.
      const lock = at && (await lockTable(env.DATABASE_URL, at.table, at.against));
      if (lock) answer.release();
      await lock?.waitedFor();
      stalled.kill('SIGSTOP');
      await lock?.release();
      answer.release();
      replicas.delete(name);
      await arrivals(simulator, 2);
      const midway = simulator.hold('searchOrders');
      await midway.arrived;
      stalled.kill('SIGCONT');
      await vi.waitFor(() => expect(stalled.output()).toMatch(/has taken over the sync|database was lost/), soon);
      midway.release();

      expect(await untilRun(other.api, id, hasEnded)).toMatchObject(complete);
      expect(await log.writers()).toEqual([name, 'b']);
      expect((await fetch(`${stalled.url}/health/ready`)).status).toBe(200);
      stalled.kill('SIGTERM');
      await expectConverged(env, other, simulator);
    },
  );
});
