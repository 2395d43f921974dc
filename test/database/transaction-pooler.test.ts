import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../src/database/database.js';
import { pgBouncerVersion, startPgBouncer } from '../helpers/pgbouncer.js';
import { createDatabase, onPostgres, postgresForTests, postgresUrlOf } from '../helpers/postgres-for-tests.js';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { differences } from '../helpers/truth.js';
import { closeOf, openSocket } from '../helpers/web-sockets.js';
import { webhookReceiver } from '../helpers/webhook-receiver.js';
import { connectAsOwner, KEYS, runToItsEnd, startProcess, temporaryFolder } from '../helpers/with-process.js';
import { withSimulator } from '../helpers/with-sync.js';
import { createWebhook, verify } from '../helpers/with-webhooks.js';

const ORDERS = 40;

describe.runIf((await postgresForTests()) && pgBouncerVersion())('behind PgBouncer in transaction mode', () => {
  it('#51 lets an API and a worker do everything, as a role that only reads and writes rows; another one owns the tables', async () => {
    const name = `ordermirror_test_${randomBytes(6).toString('hex')}`;
    const [owner, app] = [`${name}_owner`, `${name}_app`];
    await onPostgres(`CREATE ROLE ${owner} LOGIN`);
    await onPostgres(`CREATE ROLE ${app} LOGIN`);
    await createDatabase(name, `OWNER ${owner}`);
    onTestFinished(async () => {
      await onPostgres(`DROP DATABASE ${name} WITH (FORCE)`);
      for (const role of [owner, app]) await onPostgres(`DROP ROLE ${role}`);
    });
    const pgBouncer = await startPgBouncer({ pool_mode: 'transaction', default_pool_size: 4 }, app);
    onTestFinished(() => pgBouncer.stop());
    const simulator = await withSimulator({ orders: ORDERS });
    const DATABASE_URL = pgBouncer.urlOf(name);
    const DATABASE_DIRECT_URL = Object.assign(new URL(postgresUrlOf(name)), { username: owner, password: '' }).href;
    const env = {
      ...{ ...KEYS, DATABASE_URL, DATABASE_DIRECT_URL, DATABASE_SCHEMA: 'mirror', DATA_DIR: temporaryFolder() },
      ...{ SP_API_ENDPOINT: simulator.url, LWA_ENDPOINT: simulator.url, WEBHOOK_ALLOW_PRIVATE: 'true' },
    };
    const server = await startProcess({ ...env, ROLE: 'api' });
    const worker = await startProcess({ ...env, ROLE: 'worker' });
    await connectAsOwner(server.api, simulator.marketplaceIds);
    const receiver = await webhookReceiver();
    const webhook = await createWebhook(server.api, receiver.url);

    const seen: number[] = [];
    const id = await startRun(server.api);
    const ended = await untilRun(server.api, id, (run) => seen.push(run.ordersSeen) > 0 && hasEnded(run));
    expect(ended).toMatchObject({ status: 'OK', ordersSeen: ORDERS });
    const [request] = await receiver.received(1);
    if (request) verify(webhook, request);
    const read = await server.api.request<{ orders: { totalCount: number }; salesByDay: object[] }>(
      `{ orders(first: 5) { totalCount nodes { amazonOrderId items { sellerSku } } }
         salesByDay(from: "2024-01-01", to: "2030-01-01") { revenue } }`,
    );
    expect(read.orders.totalCount).toBe(ORDERS);
    expect(read.salesByDay.length).toBeGreaterThan(0);

    const { createApiKey } = await server.api.request<{ createApiKey: { secret: string; apiKey: { id: string } } }>(
      'mutation { createApiKey(name: "export", role: VIEWER) { secret apiKey { id } } }',
    );
    const authorization = `Bearer ${createApiKey.secret}`;
    const file = await fetch(`${server.url}/export/orders.csv`, { headers: { authorization } });
    expect((await file.text()).trim().split('\r\n')).toHaveLength(ORDERS + 1);
    const socket = await openSocket(`${server.url.replace('http', 'ws')}/graphql`, { authorization });
    const closing = closeOf(socket);
    await server.api.request('mutation ($id: ID!) { revokeApiKey(id: $id) { id } }', { id: createApiKey.apiKey.id });
    expect((await closing).code).toBe(4403);

    const doctor = await runToItsEnd(env, { command: 'doctor' });
    expect(doctor.output).toMatch(
      /✔ Database .*pooler in transaction mode.*notifications arrive by DATABASE_DIRECT_URL/,
    );
    expect(doctor.code).toBe(0);
    for (const process of [server, worker]) {
      process.kill('SIGTERM');
      expect(await process.ended, process.output()).toBe(0);
      expect(process.output()).not.toMatch(/"level":"error"|"err":/);
    }
    const config = { kind: 'postgres', url: DATABASE_URL, directUrl: DATABASE_DIRECT_URL, schema: 'mirror' } as const;
    const database = await openDatabase(config);
    try {
      expect(await differences(database, simulator)).toEqual([]);
      expect(database.missing).toEqual([]);
      const owned = await database.query(
        `SELECT relname FROM pg_class WHERE relowner = current_user::regrole OR NOT pg_has_role(relowner, 'MEMBER')
            AND relnamespace = 'mirror'::regnamespace AND has_table_privilege(oid, 'TRUNCATE')`,
      );
      expect(owned).toEqual([]);
    } finally {
      await database.close();
    }
  });
});
