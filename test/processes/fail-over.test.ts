import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { StartError } from '../../src/core/errors.js';
import { openDatabase } from '../../src/database/database.js';
import { createEmptyDatabase } from '../../src/database/driver/empty-database.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { breakableNetwork } from '../helpers/breakable-network.js';
import {
  freePort,
  type PostgresCluster,
  postgresBinaries,
  type Standby,
  startCluster,
} from '../helpers/postgres-cluster.js';
import { expectConverged, hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { lockTable } from '../helpers/table-lock.js';
import { webhookReceiver } from '../helpers/webhook-receiver.js';
import { changeStatus, notifiableOrders } from '../helpers/with-notifications.js';
import {
  connectAsOwner,
  KEYS,
  runToItsEnd,
  type ServerProcess,
  startProcess,
  temporaryFolder,
} from '../helpers/with-process.js';
import { withSimulator } from '../helpers/with-sync.js';
import { createWebhook } from '../helpers/with-webhooks.js';

const PAGES = 20;
const PAGE_SIZE = 10;
/** Within which work goes on after a fail-over. */
const LIMIT_MS = 30_000;
const binaries = postgresBinaries();

/** One address of the hosts of others, in their order. */
function together(...addresses: string[]): string {
  const hosts = addresses.map((address) => new URL(address).host).join(',');
  return (addresses[0] ?? '').replace(/@[^/]+/, `@${hosts}`);
}

interface Pair {
  readonly primary: PostgresCluster;
  readonly standby: Standby;
  destroy(): Promise<void>;
}

async function startPair(): Promise<Pair> {
  const primary = await startCluster(binaries ?? '');
  const standby = await primary.startStandby();
  const destroy = async () => {
    await standby.destroy().catch(() => {});
    await primary.destroy();
  };
  return { primary, standby, destroy };
}

const portOf = (address: string) => Number(new URL(address).port);

/** The port of the server that an address of several hosts leads to. */
async function portIn(url: string): Promise<number | undefined> {
  const database = await openDatabase({ kind: 'postgres', url });
  try {
    const [row] = await database.query<{ port: number }>('SELECT inet_server_port() AS port');
    return row?.port;
  } finally {
    await database.close();
  }
}

/** Starts a run and holds it when it asks for a page, with most of the pages before it saved. */
async function runHeldAt(page: number, server: ServerProcess, simulator: Simulator) {
  let hold = simulator.hold('searchOrders');
  const id = await startRun(server.api);
  for (let pages = 1; pages < page; pages += 1) {
    await hold.arrived;
    hold = simulator.hold('searchOrders');
  }
  await hold.arrived;
  return { id, release: () => hold.release() };
}

/** Collects what a subscription brings, until the test ends; `failed` resolves with its error. */
function follow<Data>(events: AsyncIterable<Data>) {
  const arrived: Data[] = [];
  const failed = (async () => {
    for await (const event of events) arrived.push(event);
    throw new Error('The stream ended.');
  })().catch((error: Error) => error);
  return { arrived, failed };
}

describe.runIf(binaries)('an address of several hosts', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair();
  });
  afterAll(() => pair?.destroy());

  it('leads to the primary, wherever it stands; without one, the start says what each host is', async () => {
    const { primary, standby } = pair;
    const address = await primary.createDatabase('found');
    await standby.catchUp();
    const copy = standby.addressOf('found');
    const nowhere = address.replace(/:\d+\//, `:${await freePort()}/`);
    expect(await portIn(together(copy, address))).toBe(portOf(address));
    expect(await portIn(together(nowhere, address))).toBe(portOf(address));

    const refusal = (url: string) =>
      portIn(url).then(
        () => 'none',
        (error: unknown) => (error instanceof StartError ? error.message : error),
      );
    expect(await refusal(together(copy, nowhere))).toMatch(
      /^PostgreSQL at 127\.0\.0\.1:\d+\/found, 127\.0\.0\.1:\d+\/found can't be used: none of the hosts is a primary \(127\.0\.0\.1:\d+ is a standby; 127\.0\.0\.1:\d+: connect ECONNREFUSED .*\)\. Start the primary, or promote a standby .*\.$/,
    );
    expect(await refusal(`${together(copy, address)}?target_session_attrs=prefer-standby`)).toBe(
      'DATABASE_URL has target_session_attrs=prefer-standby. Ordermirror writes to the database: use read-write or primary.',
    );
    await primary.query('ALTER DATABASE found SET default_transaction_read_only = on');
    expect(await refusal(together(copy, address))).toMatch(/is a standby; 127\.0\.0\.1:\d+ is read-only\)/);
    expect(await refusal(`${together(copy, address)}?target_session_attrs=primary`)).toMatch(
      /"found" .* is read-only.*ALTER DATABASE "found" SET default_transaction_read_only = off/,
    );
    expect(await refusal(together(copy, address).replace('/found', '/missing'))).toMatch(
      /"missing" does not exist\. Create the database/,
    );
  });

  it('serves move, doctor and report-role, also in a schema of its own', async () => {
    const { primary, standby } = pair;
    const DATABASE_URL = together(standby.addressOf('moved'), await primary.createDatabase('moved'));
    await standby.catchUp();
    const simulator = await withSimulator({ orders: 10 });
    const amazon = { SP_API_ENDPOINT: simulator.url, LWA_ENDPOINT: simulator.url };
    const env = { ...KEYS, ...amazon, DATABASE_URL, DATABASE_SCHEMA: 'mirror' };
    const DATA_DIR = temporaryFolder();
    createEmptyDatabase(join(DATA_DIR, 'pgdata'));
    expect(await runToItsEnd({ DATA_DIR, ...env }, { command: 'move' })).toMatchObject({ code: 0 });
    const { output } = await runToItsEnd(env, { command: 'doctor' });
    expect(output).toMatch(
      /✔ Database .*127\.0\.0\.1:\d+\/moved, 127\.0\.0\.1:\d+\/moved, no TLS, notifications arrive/,
    );
    expect(output).toMatch(/✔ Migrations +\d+ applied/);
    const role = await runToItsEnd(env, { command: 'report-role', args: ['reader'] });
    expect(role).toMatchObject({ code: 0, output: expect.stringMatching(/Port +\d+,\d+\n/) });
  });

  it('goes on after a fail-over in mid-run, with export, webhooks and notifications, and leaves the old primary alone', async () => {
    const { primary, standby } = pair;
    const single = await primary.createDatabase('mirror');
    const DATABASE_URL = together(single, standby.addressOf('mirror'));
    const simulator = await withSimulator({ orders: PAGES * PAGE_SIZE, maxPerPage: PAGE_SIZE });
    simulator.notifications.subscribe();
    const receiver = await webhookReceiver();
    const env: Record<string, string> = {
      ...{ ...KEYS, DATABASE_URL, DATA_DIR: temporaryFolder(), WEBHOOK_ALLOW_PRIVATE: 'true', LOG_LEVEL: 'warn' },
      ...{ SP_API_ENDPOINT: simulator.url, LWA_ENDPOINT: simulator.url, NOTIFICATIONS_QUEUE_URL: simulator.queueUrl },
      ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    };
    const server = await startProcess({ ...env, LOG_LEVEL: 'info' }, { shortLease: true });
    const token = await connectAsOwner(server.api, simulator.marketplaceIds);
    await createWebhook(server.api, receiver.url);
    const [noticed = '', later = ''] = notifiableOrders(simulator).map(({ orderId }) => orderId);

    // A run, the read of a notification and an export are on their way.
    const changes = follow(
      server.api.subscribe<{ orderChanged: { amazonOrderId: string } }>(
        'subscription { orderChanged { amazonOrderId } }',
      ),
    );
    const run = await runHeldAt(6, server, simulator);
    const end = untilRun(server.api, run.id, hasEnded);
    end.catch(() => {});
    await receiver.received(4 * PAGE_SIZE);
    const read = simulator.hold('getOrder');
    changeStatus(simulator, noticed, 'UNFULFILLABLE');
    await read.arrived;
    const lock = await lockTable(single, 'amazon_order', 'readers');
    const file = fetch(`${server.url}/export/orders.csv`, { headers: { authorization: `Bearer ${token}` } })
      .then(async (response) => response.ok && (await response.text()) !== '')
      .catch(() => false);
    await lock.waitedFor();
    await standby.catchUp();
    // The page can't be saved: the run is interrupted, and continued after its lease.
    run.release();

    const lostAt = performance.now();
    await primary.stop('immediate');
    await standby.promote();
    read.release();
    expect(await file).toBe(false);
    expect(await end).toMatchObject({ status: 'OK', ordersSeen: PAGES * PAGE_SIZE, errorCode: null });
    expect(performance.now() - lostAt).toBeLessThan(LIMIT_MS);

    // What Amazon and the database notify arrives again, over the same subscription.
    changeStatus(simulator, later, 'UNFULFILLABLE');
    await vi.waitFor(
      () => {
        const seen = changes.arrived.map(({ orderChanged }) => orderChanged.amazonOrderId);
        const sent = receiver.requests.map(({ body }) => body.data.amazonOrderId);
        for (const ids of [seen, sent]) {
          expect(ids).toContain(noticed);
          expect(ids.filter((each) => each === later).length).toBeGreaterThan(1);
        }
      },
      { interval: 50, timeout: 60_000 },
    );
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
    expect(server.output()).toContain('The primary of PostgreSQL is now 127.0.0.1:');

    // The old primary comes back: by mistake as it was, then as a standby.
    const port = portOf(standby.addressOf('mirror'));
    await primary.start();
    expect(await portIn(DATABASE_URL)).toBe(port);
    await primary.stop('fast');
    await primary.start('as a standby');
    expect(await portIn(DATABASE_URL)).toBe(port);
    await expectConverged(env, server, simulator);
  });

  it('is followed from a server that starts to refuse writes, without a lost session, to one that accepts them', async () => {
    const { primary, standby } = pair;
    const [old, promoted] = [standby.addressOf('mirror'), primary.addressOf('mirror')];
    const database = await openDatabase({ kind: 'postgres', url: together(promoted, old) });
    onTestFinished(() => database.close());
    const heard: (string | null)[] = [];
    await database.notifications.listen('moved', (payload) => heard.push(payload));
    const port = async () => (await database.query<{ port: number }>('SELECT inet_server_port() AS port'))[0]?.port;
    expect(await port()).toBe(portOf(old));

    await primary.promote();
    await standby.query('ALTER SYSTEM SET default_transaction_read_only = on', 'SELECT pg_reload_conf()');
    await vi.waitFor(
      () => expect(database.query('DELETE FROM login_attempt')).rejects.toMatchObject({ code: '25006' }),
      {
        interval: 20,
        timeout: 60_000,
      },
    );
    await expect.poll(port).toBe(portOf(promoted));
    await database.query('DELETE FROM login_attempt');
    await expect.poll(() => heard).toEqual([null]);
    await database.query(`SELECT pg_notify('moved', 'there')`);
    await expect.poll(() => heard).toEqual([null, 'there']);
  });
});

describe.runIf(binaries)('a host that falls silent', () => {
  it('is left for a standby, and what the standby lacks is read from Amazon again', async () => {
    const { primary, standby, destroy } = await startPair();
    onTestFinished(destroy);
    const network = await breakableNetwork(await primary.createDatabase('mirror'));
    const DATABASE_URL = together(network.url, standby.addressOf('mirror'));
    const simulator = await withSimulator({ orders: PAGES * PAGE_SIZE, maxPerPage: PAGE_SIZE });
    const env: Record<string, string> = {
      ...{ ...KEYS, DATABASE_URL, DATA_DIR: temporaryFolder(), LOG_LEVEL: 'warn' },
      ...{ SP_API_ENDPOINT: simulator.url, LWA_ENDPOINT: simulator.url },
    };
    const server = await startProcess({ ...env, LOG_LEVEL: 'info' }, { shortLease: true });
    await connectAsOwner(server.api, simulator.marketplaceIds);
    await standby.catchUp();
    await standby.lag();
    const changes = follow(server.api.subscribe('subscription { orderChanged { cursor } }'));
    const run = await runHeldAt(6, server, simulator);
    const lost = follow(
      server.api.subscribe('subscription ($id: ID) { syncProgress(runId: $id) { status } }', { id: run.id }),
    );
    await vi.waitFor(
      () => {
        expect(lost.arrived).not.toEqual([]);
        expect(changes.arrived.length).toBeGreaterThanOrEqual(4 * PAGE_SIZE);
      },
      { interval: 20, timeout: 60_000 },
    );

    const lostAt = performance.now();
    network.silence();
    await standby.promote();
    run.release();
    await vi.waitFor(async () => expect((await fetch(`${server.url}/health/ready`)).status).toBe(200), {
      interval: 200,
      timeout: 60_000,
    });
    const id = await startRun(server.api);
    expect(performance.now() - lostAt).toBeLessThan(LIMIT_MS);
    expect(await untilRun(server.api, id, hasEnded)).toMatchObject({ status: 'OK', errorCode: null });
    expect(await lost.failed).toMatchObject({ message: expect.stringContaining('NOT_FOUND') });
    expect(await changes.failed).toMatchObject({ message: expect.stringContaining('CURSOR_EXPIRED') });
    await expectConverged(env, server, simulator);
  });
});
