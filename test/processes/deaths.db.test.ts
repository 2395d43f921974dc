import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { ApiClient } from '../../src/cli/demo/api-client.js';
import { openDatabase } from '../../src/database/database.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { differences } from '../helpers/truth.js';
import { databaseKind } from '../helpers/with-database.js';
import { withReports } from '../helpers/with-history.js';
import { connectAsOwner, type ServerProcess, sharedDatabase, startProcess } from '../helpers/with-process.js';
import { withSimulator } from '../helpers/with-sync.js';

interface Run {
  readonly id: string;
  readonly status: string;
  readonly pages: number;
  readonly ordersSeen: number;
  readonly error: string | null;
}

const PROGRESS = `subscription ($id: ID) { syncProgress(runId: $id) { id status pages ordersSeen error } }`;

async function start(api: ApiClient): Promise<string> {
  const { syncOrders } = await api.request<{ syncOrders: Run }>(`mutation { syncOrders(includeItems: true) { id } }`);
  return syncOrders.id;
}

async function until(api: ApiClient, id: string | null, passes: (run: Run) => boolean): Promise<Run> {
  for await (const { syncProgress } of api.subscribe<{ syncProgress: Run }>(PROGRESS, { id }))
    if (passes(syncProgress)) return syncProgress;
  throw new Error('The stream ended before.');
}

const ended = (run: Run) => run.status !== 'RUNNING';

async function expectTruth(env: Record<string, string>, server: ServerProcess, simulator: Simulator): Promise<void> {
  server.kill('SIGTERM');
  expect(await server.ended).toBe(0);
  const config = env.DATABASE_URL
    ? ({ kind: 'postgres', url: env.DATABASE_URL } as const)
    : ({ kind: 'pglite', dataDir: env.DATA_DIR ?? '' } as const);
  const database = await openDatabase(config);
  try {
    expect(await differences(database, simulator)).toEqual([]);
  } finally {
    await database.close();
  }
}

describe('a server that is killed during a run', () => {
  it('continues it after the next start, and the tables equal what Amazon holds', async () => {
    const simulator = await withSimulator({ orders: 160, maxPerPage: 20 });
    const env = { ...(await sharedDatabase()), SP_API_ENDPOINT: simulator.url, LWA_ENDPOINT: simulator.url };
    const first = await startProcess(env, { shortLease: true });
    const token = await connectAsOwner(first.api, simulator.marketplaceIds);
    simulator.faults.add({ operation: 'searchOrders', on: { from: 4 }, fault: { kind: 'hang' } });
    const id = await start(first.api);
    await until(first.api, id, (run) => run.pages === 3);
    first.kill('SIGKILL');
    expect(await first.ended).toBe('SIGKILL');

    simulator.faults.clear();
    const second = await startProcess(env, { shortLease: true });
    second.api.signIn(token);
    expect(await until(second.api, id, ended)).toMatchObject({ status: 'OK', pages: 8, ordersSeen: 160 });
    // The fourth call may have been pending when the process died; no saved page was read again.
    expect(simulator.count('searchOrders')).toBeLessThanOrEqual(9);
    const again = await start(second.api);
    expect(await until(second.api, again, ended)).toMatchObject({ status: 'OK' });
    await expectTruth(env, second, simulator);
  });

  it('reads a report again whose download it was in, and no other', async () => {
    const simulator = await withReports(85, { orders: 300 });
    const env = { ...(await sharedDatabase()), SP_API_ENDPOINT: simulator.url, LWA_ENDPOINT: simulator.url };
    const first = await startProcess(env, { shortLease: true });
    const token = await connectAsOwner(first.api, simulator.marketplaceIds);
    simulator.faults.add({ operation: 'downloadReport', on: { from: 2 }, fault: { kind: 'stall' } });
    const from = new Date(simulator.now() - 86 * 86_400_000).toISOString().slice(0, 10);
    const { startHistory } = await first.api.request<{ startHistory: Run }>(
      `mutation { startHistory(from: "${from}") { id } }`,
    );
    await until(first.api, startHistory.id, (run) => run.pages === 1);
    await vi.waitFor(() => expect(simulator.count('downloadReport')).toBe(2), 10_000);
    first.kill('SIGKILL');
    expect(await first.ended).toBe('SIGKILL');

    simulator.faults.clear();
    const second = await startProcess(env, { shortLease: true });
    second.api.signIn(token);
    expect(await until(second.api, startHistory.id, ended)).toMatchObject({ status: 'OK', pages: 3 });
    expect([simulator.count('createReport'), simulator.count('downloadReport')]).toEqual([3, 4]);
    await expectTruth(env, second, simulator);
  });

  it('exits with 0 after SIGTERM, closes its sockets with 1001, and continues the run later', async () => {
    const simulator = await withSimulator({ orders: 120, maxPerPage: 20 });
    const env = { ...(await sharedDatabase()), SP_API_ENDPOINT: simulator.url, LWA_ENDPOINT: simulator.url };
    const first = await startProcess(env);
    const token = await connectAsOwner(first.api, simulator.marketplaceIds);
    simulator.faults.add({ operation: 'searchOrders', on: { from: 3 }, fault: { kind: 'hang' } });
    const id = await start(first.api);
    await until(first.api, id, (run) => run.pages === 2);
    const socket = new WebSocket(`${first.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    const closed = once(socket, 'close');
    const stoppedAt = Date.now();
    first.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    expect(Date.now() - stoppedAt).toBeLessThan(10_000);
    expect((await closed)[0]).toBe(1001);

    simulator.faults.clear();
    const second = await startProcess(env);
    second.api.signIn(token);
    expect(await until(second.api, id, ended)).toMatchObject({ status: 'OK', ordersSeen: 120 });
    await expectTruth(env, second, simulator);
  });
});

describe.runIf(databaseKind === 'postgres')('two replicas on one PostgreSQL', () => {
  it('start one run for two requests at the same time, and both show it', async () => {
    const simulator = await withSimulator({ orders: 60, maxPerPage: 20 });
    const env = { ...(await sharedDatabase()), SP_API_ENDPOINT: simulator.url, LWA_ENDPOINT: simulator.url };
    const [one, two] = await Promise.all([startProcess(env), startProcess(env)]);
    two.api.signIn(await connectAsOwner(one.api, simulator.marketplaceIds));
    const hold = simulator.hold('searchOrders');
    const answers = await Promise.allSettled([start(one.api), start(two.api)]);
    const started = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    expect(started).toHaveLength(1);
    expect(JSON.stringify(answers.map((answer) => String(answer.status === 'rejected' && answer.reason)))).toContain(
      'SYNC_ALREADY_RUNNING',
    );
    const id = started[0] ?? '';
    const seen = [until(one.api, id, ended), until(two.api, id, ended)];
    hold.release();
    for (const run of await Promise.all(seen)) expect(run).toMatchObject({ id, status: 'OK', ordersSeen: 60 });
    expect(simulator.count('searchOrders')).toBe(3);
  });

  it('divide the work by role: one serves, the other syncs', async () => {
    const simulator = await withSimulator({ orders: 40, maxPerPage: 20 });
    const env = { ...(await sharedDatabase()), SP_API_ENDPOINT: simulator.url, LWA_ENDPOINT: simulator.url };
    const api = await startProcess({ ...env, ROLE: 'api' });
    await connectAsOwner(api.api, simulator.marketplaceIds);
    const id = await start(api.api);
    expect(simulator.count()).toBe(0);
    const changed = changedOrders(api.api, 40);
    const worker = await startProcess({ ...env, ROLE: 'worker' });
    expect(await until(api.api, id, ended)).toMatchObject({ status: 'OK', ordersSeen: 40 });
    expect((await changed).sort()).toEqual(
      simulator.book
        .orders()
        .map(({ orderId }) => orderId)
        .sort(),
    );
    expect((await fetch(`${worker.url}/graphql`)).status).toBe(404);
    expect((await fetch(`${worker.url}/health/ready`)).status).toBe(200);
    expect(await (await fetch(`${worker.url}/metrics`)).text()).toMatch(
      /ordermirror_sp_api_request_duration_seconds_count\{.*searchOrders.*\} 2/,
    );
  });

  it('take over the run of a killed one within 30 s, from its page', async () => {
    const simulator = await withSimulator({ orders: 100, maxPerPage: 20 });
    const env = { ...(await sharedDatabase()), SP_API_ENDPOINT: simulator.url, LWA_ENDPOINT: simulator.url };
    const worker = await startProcess(env);
    const other = await startProcess(env);
    other.api.signIn(await connectAsOwner(worker.api, simulator.marketplaceIds));
    simulator.faults.add({ operation: 'searchOrders', on: { from: 3 }, fault: { kind: 'hang' } });
    const id = await start(worker.api);
    await until(other.api, id, (run) => run.pages === 2);
    const [victim, survivor] = worker.output().includes('Sync starts') ? [worker, other] : [other, worker];
    survivor.api.signIn(await signIn(survivor.api));
    victim.kill('SIGKILL');
    await victim.ended;
    simulator.faults.clear();
    const diedAt = Date.now();
    expect(await until(survivor.api, id, ended)).toMatchObject({ status: 'OK', ordersSeen: 100, pages: 5 });
    expect(Date.now() - diedAt).toBeLessThan(30_000);
    expect(simulator.count('searchOrders')).toBeLessThanOrEqual(6);
    await expectTruth(env, survivor, simulator);
  });
});

/** Follows the changes of orders until this many have come. Returns the ids of the orders. */
async function changedOrders(api: ApiClient, count: number): Promise<string[]> {
  const ids: string[] = [];
  const changes = api.subscribe<{ orderChanged: { amazonOrderId: string } }>(
    'subscription { orderChanged { amazonOrderId } }',
  );
  for await (const { orderChanged } of changes) if (ids.push(orderChanged.amazonOrderId) === count) break;
  return ids;
}

async function signIn(api: ApiClient): Promise<string> {
  const { login } = await api.request<{ login: { token: string } }>(
    `mutation { login(email: "owner@example.com", password: "a long enough password") { token } }`,
  );
  return login.token;
}
