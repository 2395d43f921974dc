import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { breakableNetwork } from '../helpers/breakable-network.js';
import { type PostgresCluster, postgresBinaries, startCluster } from '../helpers/postgres-cluster.js';
import { arrivals, expectConverged, hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { lockTable } from '../helpers/table-lock.js';
import { databaseKind } from '../helpers/with-database.js';
import { connectAsOwner, KEYS, sharedDatabase, startProcess } from '../helpers/with-process.js';
import { withSimulator } from '../helpers/with-sync.js';

const PAGES = 30;
/** Small pages: what these tests need is their number. */
const PAGE_SIZE = 10;

/** Starts a server, a run and a subscription to it over one WebSocket, which must stay open to the end. */
async function runningServer(database: Record<string, string>) {
  const simulator = await withSimulator({ orders: PAGES * PAGE_SIZE, maxPerPage: PAGE_SIZE });
  const env: Record<string, string> = { ...database, SP_API_ENDPOINT: simulator.url, LWA_ENDPOINT: simulator.url };
  const server = await startProcess(env, { shortLease: true });
  await connectAsOwner(server.api, simulator.marketplaceIds);
  const id = await startRun(server.api);
  const end = untilRun(server.api, id, hasEnded);
  end.catch(() => {});
  const ready = async () => (await fetch(`${server.url}/health/ready`)).status;
  return { simulator, env, server, end, ready };
}

const eventually = { interval: 100, timeout: 60_000 };
const complete = { status: 'OK', pages: PAGES, ordersSeen: PAGES * PAGE_SIZE, errorCode: null };

const binaries = databaseKind === 'postgres' ? postgresBinaries() : null;
describe.runIf(binaries)('a restart of PostgreSQL during a transaction', () => {
  let cluster: PostgresCluster | undefined;
  beforeAll(async () => {
    cluster = await startCluster(binaries ?? '');
  });
  afterAll(() => cluster?.destroy());

  it.each(['fast', 'immediate'] as const)('(pg_ctl stop -m %s) does not end the run or its stream', async (mode) => {
    if (!cluster) throw new Error('There is no cluster.');
    const DATABASE_URL = await cluster.createDatabase(mode);
    const { simulator, env, server, end, ready } = await runningServer({ ...KEYS, DATABASE_URL });
    await arrivals(simulator, 3);
    await (await lockTable(DATABASE_URL, 'order_items')).waitedFor();
    await cluster.stop(mode);
    expect(await ready()).toBe(503);
    await cluster.start();
    await vi.waitFor(async () => expect(await ready()).toBe(200), eventually);
    expect(await end).toMatchObject(complete);
    await expectConverged(env, server, simulator);
  });
});

describe.runIf(databaseKind === 'postgres')('a network to PostgreSQL', () => {
  /** A server behind a breakable network to its database, with time-outs of 5 s (queries) and 3 s (idle transactions). */
  async function behindNetwork() {
    const { DATABASE_URL = '', ...rest } = await sharedDatabase();
    const network = await breakableNetwork(
      `${DATABASE_URL}?query_timeout=5000&idle_in_transaction_session_timeout=3000`,
    );
    return { network, DATABASE_URL, ...(await runningServer({ ...rest, DATABASE_URL: network.url })) };
  }

  it.for([
    ['that is cut and restored', 'cut'],
    ['that drops packets silently and forgets its connections', 'silence'],
  ] as const)('%s, seen to its end', async ([, how]) => {
    const { network, DATABASE_URL, simulator, env, server, end, ready } = await behindNetwork();
    await arrivals(simulator, 3);
    const lock = await lockTable(DATABASE_URL, 'order_items');
    await lock.waitedFor();
    network[how]();
    expect(await ready()).toBe(503);
    await lock.release();
    network.restore();
    await vi.waitFor(async () => expect(await ready()).toBe(200), eventually);
    expect(await end).toMatchObject(complete);
    await expectConverged({ ...env, DATABASE_URL }, server, simulator);
  });
});
