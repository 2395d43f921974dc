import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type App, startApp } from '../../src/app.js';
import { type ApiClient, createApiClient } from '../../src/cli/demo/api-client.js';
import { loadConfig } from '../../src/config/config.js';
import { createLogger } from '../../src/core/logger.js';
import { type Database, openDatabase } from '../../src/database/database.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { type BreakableNetwork, breakableNetwork } from '../helpers/breakable-network.js';
import { cheapPasswords } from '../helpers/cheap-passwords.js';
import { pgBouncerVersion, startPgBouncer } from '../helpers/pgbouncer.js';
import {
  freePort,
  type PostgresCluster,
  postgresBinaries,
  type Standby,
  startCluster,
} from '../helpers/postgres-cluster.js';
import { postgresForTests, testPostgresUrl } from '../helpers/postgres-for-tests.js';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { seedOrders, US } from '../helpers/seed-orders.js';
import { connectAsOwner, KEYS, runToItsEnd } from '../helpers/with-process.js';
import { withSimulator } from '../helpers/with-sync.js';

const SEEDED = 3_000;
const SYNCED = 30;
const eventually = { interval: 50, timeout: 60_000 };
const CANT_BE_USED = "can't be used: lists are read from the primary until it can.";
const AGAIN = 'is read from again.';

const binaries = postgresBinaries();
describe.runIf(binaries)('a replica for reading', () => {
  const ends: (() => Promise<void>)[] = [];
  const onEnd = (end: () => Promise<void>) => void ends.push(end);
  let cluster: PostgresCluster;
  let standby: Standby;
  let network: BreakableNetwork;
  let simulator: Simulator;
  let primaryUrl: string;
  let settings: Record<string, string>;
  let app: App;
  let owner: ApiClient;
  let token: string;
  let log = '';

  beforeAll(async () => {
    cluster = await startCluster(binaries ?? '');
    onEnd(() => cluster.destroy());
    primaryUrl = await cluster.createDatabase('mirror');
    standby = await cluster.startStandby();
    onEnd(() => standby.destroy());
    await standby.query('ALTER SYSTEM SET max_standby_streaming_delay = 0', 'SELECT pg_reload_conf()');
    network = await breakableNetwork(standby.addressOf('mirror'), onEnd);
    simulator = await withSimulator({ orders: SYNCED }, onEnd);
    settings = {
      ...{ ...KEYS, PORT: '0', SYNC_CRON: 'off', HISTORY: 'off' },
      ...{ SP_API_ENDPOINT: simulator.url, LWA_ENDPOINT: simulator.url },
      ...{ DATABASE_URL: primaryUrl, DATABASE_READ_URL: network.url },
    };
    const config = loadConfig(settings);
    const destination = {
      write: (line: string) => {
        log += line;
      },
    };
    app = await startApp(config, { logger: createLogger({ level: 'info', destination }), passwords: cheapPasswords });
    onEnd(() => app.stop());
    owner = createApiClient(app.url);
    token = await connectAsOwner(owner, simulator.marketplaceIds);
    await seedOrders(app.database, SEEDED);
  });
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });

  const ordersInList = async () => {
    const { orders } = await owner.request<{ orders: { totalCount: number } }>('{ orders { totalCount } }');
    return orders.totalCount;
  };
  const metric = async (name: string) => {
    const text = await (await fetch(`${app.url}/metrics`)).text();
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length),
    );
  };
  const reads = async () => {
    const outcomes = ['replica', 'behind', 'unavailable', 'failed'] as const;
    const counts = outcomes.map((outcome) => metric(`ordermirror_replica_reads_total{outcome="${outcome}"}`));
    const [replica = 0, behind = 0, unavailable = 0, failed = 0] = await Promise.all(counts);
    return { replica, behind, unavailable, failed };
  };
  const untilReadFromReplica = () =>
    vi.waitFor(async () => {
      const { replica } = await reads();
      await ordersInList();
      expect((await reads()).replica).toBe(replica + 1);
    }, eventually);
  const logged = (text: string) => log.split(text).length - 1;
  const reported = () => ({ lost: logged(CANT_BE_USED), again: logged(AGAIN) });
  const download = async (path: string): Promise<IncomingMessage> => {
    const request = get(`${app.url}${path}`, { headers: { authorization: `Bearer ${token}` } }).on('error', () => {});
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return response;
  };
  const doctor = () => runToItsEnd(settings, { command: 'doctor' });
  const findOrdersAsAgent = async (key: string) => {
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'find_orders', arguments: {} } };
    const answer = await fetch(`${app.url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
      },
      body: JSON.stringify(call),
    });
    return answer.text();
  };
  const isWhole = async (response: IncomingMessage) => {
    try {
      for await (const _ of response);
      return true;
    } catch {
      return false;
    }
  };

  it('gets lists, one order, sales, files and tools', async () => {
    const { createApiKey } = await owner.request<{ createApiKey: { secret: string } }>(
      'mutation { createApiKey(name: "agent", role: VIEWER) { secret } }',
    );
    const sales = 'from: "2026-01-01", to: "2026-01-31"';
    // A busy machine may let the replica lag.
    await vi.waitFor(async () => {
      const before = await reads();
      const { orders } = await owner.request<{ orders: { nodes: { id: string; amazonOrderId: string }[] } }>(
        '{ orders(first: 1) { nodes { id amazonOrderId rawPayload } totals { orders } statusCounts { count } } }',
      );
      const [order] = orders.nodes;
      await owner.request(
        `query ($id: ID!, $orderId: String!) {
          node(id: $id) { id } order(amazonOrderId: $orderId) { id } orderStatuses orderChanges(first: 1) { nodes { id } }
          sales(${sales}) { units } salesByDay(${sales}) { units }
        }`,
        { id: order?.id, orderId: order?.amazonOrderId },
      );
      for (const file of ['orders.csv', 'order-items.ndjson', `sales.parquet?from=2026-01-01&to=2026-01-31`])
        expect(await isWhole(await download(`/export/${file}`))).toBe(true);
      expect(await findOrdersAsAgent(createApiKey.secret)).toContain('totalCount');
      const { replica, ...others } = await reads();
      expect(replica - before.replica).toBeGreaterThanOrEqual(4 + 6 + 3 + 1);
      expect({ ...before, ...others }).toEqual(before);
    }, eventually);
    const lists = `application_name = 'ordermirror' AND query ~ 'FROM amazon_order'`;
    expect(await onStandby(`SELECT FROM pg_stat_activity WHERE ${lists}`)).not.toHaveLength(0);
  });

  it('is never read before it has what was committed', async () => {
    const { replica } = await reads();
    for (const [synchronous, url] of [
      [true, primaryUrl],
      [false, `${primaryUrl}?options=-c%20synchronous_commit%3Doff`],
    ] as const) {
      const database = await openDatabase({ kind: 'postgres', url, readUrl: standby.addressOf('mirror') });
      try {
        await countUp(database, synchronous ? 100 : 10);
        if (synchronous) expect(database.replica?.reads.replica).toBeGreaterThan(0);
      } finally {
        await database.close();
      }
    }
    expect((await reads()).replica).toBe(replica);
  });

  it('leaves lists to the primary while it is behind', async () => {
    const before = await ordersInList();
    await standby.query('SELECT pg_wal_replay_pause()');
    try {
      const run = await untilRun(owner, await startRun(owner), hasEnded);
      expect(run).toMatchObject({ status: 'OK', ordersSeen: SYNCED });
      expect(await ordersInList()).toBe(before + SYNCED);
      expect((await reads()).behind).toBeGreaterThan(0);
      expect(await metric('ordermirror_replica_lag_seconds')).toBeGreaterThan(0);
    } finally {
      await standby.query('SELECT pg_wal_replay_resume()');
    }
    await untilReadFromReplica();
    expect(await ordersInList()).toBe(before + SYNCED);
    await vi.waitFor(async () => expect(await metric('ordermirror_replica_lag_seconds')).toBe(0), eventually);
  });

  it('leaves a list to the primary, and cuts a file, when a conflict with replay cancels it', async () => {
    // More than sockets buffer.
    await app.database.query(`UPDATE amazon_order_item SET condition_note = repeat('long ', 40000) WHERE id <= 300`);
    await untilReadFromReplica();
    const { failed } = await reads();
    const list = app.database.reader.query<{ orders: number }>(
      'SELECT count(*)::int AS orders FROM amazon_order, pg_sleep(CASE WHEN pg_is_in_recovery() THEN 60 ELSE 0 END)',
    );
    const file = await download('/export/order-items.ndjson');
    const running = `application_name = 'ordermirror' AND state = 'active' AND query ~ 'pg_sleep|COPY'`;
    await untilOnStandby(`SELECT FROM pg_stat_activity WHERE ${running}`, 2);
    await app.database.transaction((sql) => sql.query('LOCK TABLE amazon_order, amazon_order_item'));
    // A COPY whose reader pauses can't be cancelled, and the replay waits for it.
    await untilOnStandby(
      `SELECT WHERE EXISTS (SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted)
        OR (SELECT count(*) FROM pg_stat_activity WHERE ${running}) < 2`,
      1,
    );
    expect(await isWhole(file)).toBe(false);
    expect(await list).toEqual([{ orders: await ordersInList() }]);
    expect((await reads()).failed).toBe(failed + 1);
    expect(logged('failed to answer a read')).toBe(1);
    expect(log).toContain('conflict with recovery');
  });

  it('leaves lists to the primary when it stops answering, and is used again when it answers', async () => {
    await untilReadFromReplica();
    const orders = await ordersInList();
    const { unavailable } = await reads();
    const lines = reported();
    network.silence();
    const troubles: string[] = [];
    const another = openDatabase(
      { kind: 'postgres', url: primaryUrl, readUrl: network.url },
      { onTrouble: (text) => troubles.push(text) },
    );
    expect(await Promise.all([ordersInList(), ordersInList()])).toEqual([orders, orders]);
    expect(await ordersInList()).toBe(orders);
    await (await another).close();
    expect(troubles).toEqual([expect.stringContaining(CANT_BE_USED)]);
    expect((await reads()).unavailable).toBeGreaterThan(unavailable);
    expect(reported()).toEqual({ ...lines, lost: lines.lost + 1 });
    network.restore();
    await untilReadFromReplica();
    expect(reported()).toEqual({ lost: lines.lost + 1, again: lines.again + 1 });
  });

  it('leaves lists to the primary while it is stopped', async () => {
    const orders = await ordersInList();
    const lines = reported();
    await standby.stop('immediate');
    for (let times = 0; times < 5; times += 1) expect(await ordersInList()).toBe(orders);
    await standby.start();
    await untilReadFromReplica();
    expect(reported()).toEqual({ lost: lines.lost + 1, again: lines.again + 1 });
  });

  describe('at the start', () => {
    const open = (readUrl: string, troubles: string[] = []) =>
      openDatabase({ kind: 'postgres', url: primaryUrl, readUrl }, { onTrouble: (text) => troubles.push(text) });
    /** The role of a read, once one is made on the replica. */
    const roleOnReplica = (database: Database) =>
      vi.waitFor(async () => {
        const { replica = 0 } = database.replica?.reads ?? {};
        const [row] = await database.reader.query<{ role: string }>('SELECT current_user::text AS role');
        expect(database.replica?.reads.replica).toBe(replica + 1);
        return row?.role;
      }, eventually);
    const withRole = (role: string) => standby.addressOf('mirror').replace('postgres@', `${role}@`);

    it('is refused if it is no replica of this database, with the reason in one line', async () => {
      const { addressOf } = standby;
      await cluster.query('CREATE ROLE reader LOGIN');
      await untilReadFromReplica();
      for (const [url, reason] of [
        [primaryUrl, /is not a standby: use the address of a streaming replica/],
        [addressOf('postgres'), /names the database "postgres", which is another one/],
        [`${addressOf('mirror')}?schema=other`, /names the schema other, and the tables are in public/],
        [withRole('reader'), /role "reader" .*GRANT USAGE ON SCHEMA "public" TO "reader"; GRANT SELECT/],
        [withRole('nobody'), /role "nobody" does not exist\. Check the role in DATABASE_READ_URL/],
        [`${addressOf('mirror')}?query_timeout=soon`, /^DATABASE_READ_URL has query_timeout=soon/],
        ...((await postgresForTests()) ? [[testPostgresUrl, /they were initialized separately/] as const] : []),
      ] as const) {
        const error = await open(url).then(
          (database) => database.close(),
          (thrown: Error) => thrown.message,
        );
        expect(error).toMatch(reason);
        expect(error).not.toContain('\n');
      }
    });

    it('is the first of several hosts that is a replica', async () => {
      const [down, primary, replica] = [`127.0.0.1:${await freePort()}`, primaryUrl, standby.addressOf('mirror')].map(
        (address) => address.replace(/^.*@([^/]+).*$/, '$1'),
      );
      const search = 'target_session_attrs=prefer-standby';
      const database = await open(`postgresql://postgres@${down},${primary},${replica}/mirror?${search}`);
      expect(await roleOnReplica(database)).toBe('postgres');
      await database.close();
    });

    it.runIf(pgBouncerVersion())('may be behind a pooler in session mode', async () => {
      const pooler = await startPgBouncer({ pool_mode: 'session' }, undefined, standby.addressOf('mirror'));
      const database = await open(pooler.urlOf('mirror'));
      expect(await roleOnReplica(database)).toBe('postgres');
      await database.close();
      await pooler.stop();
    });

    it.runIf(pgBouncerVersion())('may be behind a pooler in transaction mode', async () => {
      const pooler = await startPgBouncer({ pool_mode: 'transaction' }, undefined, standby.addressOf('mirror'));
      const database = await open(pooler.urlOf('mirror'));
      try {
        expect(await roleOnReplica(database)).toBe('postgres');
        await countUp(database, 30);
        await standby.query(
          `ALTER SYSTEM SET log_statement = 'all'`,
          `ALTER SYSTEM SET log_line_prefix = '<%v> '`,
          'SELECT pg_reload_conf()',
        );
        // The server behind the next transaction may be another one: the position must be asked for in the same.
        await vi.waitFor(async () => {
          const { replica = 0 } = database.replica?.reads ?? {};
          const marked = `SELECT 'marked' AS text, current_setting('jit') AS jit`;
          expect(await database.reader.query(marked)).toEqual([{ text: 'marked', jit: 'off' }]);
          expect(database.replica?.reads.replica).toBe(replica + 1);
          const entries = readFileSync(join(dirname(cluster.data), 'log'), 'utf8').split(/^(?=<)/m);
          const transaction = entries.findLast((entry) => entry.includes(marked))?.split(' ')[0];
          const inIt = entries.filter((entry) => entry.startsWith(`${transaction} `)).join('');
          expect(inIt).toContain('pg_last_wal_replay_lsn()');
        }, eventually);
        const query = {
          text: 'SELECT 1 + 1',
          values: [],
          format: 'csv',
          signal: new AbortController().signal,
        } as const;
        await vi.waitFor(async () => {
          const { replica = 0 } = database.replica?.reads ?? {};
          let file = '';
          await database.reader.readSnapshot(query, async (chunks) => {
            for await (const chunk of chunks) file += chunk.toString();
          });
          expect(file).toBe('2\r\n');
          expect(database.replica?.reads.replica).toBe(replica + 1);
        }, eventually);
        await untilOnStandby(`SELECT FROM pg_stat_activity WHERE state ~ 'in transaction'`, 0);
      } finally {
        await standby.query('ALTER SYSTEM RESET log_statement', 'SELECT pg_reload_conf()');
        await database.close();
        await pooler.stop();
      }
    });

    it('needs the right to read the tables of lists only', async () => {
      await cluster.query('CREATE ROLE lists LOGIN');
      const tables =
        'amazon_order, amazon_order_item, marketplaces, mirrored_product, order_change, order_count, order_items, rejected_order, sales_asin, sales_channel, sales_day, sales_day_stale, sales_product_day, sales_product_month, sales_sku';
      await app.database.query(`GRANT SELECT ON ${tables} TO lists`);
      await untilReadFromReplica();
      const database = await open(withRole('lists'));
      expect(await roleOnReplica(database)).toBe('lists');
      await database.close();
    });

    it('is checked by doctor', async () => {
      const { code, output } = await doctor();
      expect(output).toMatch(/^ {2}✔ Replica for reading .*set hot_standby_feedback = on there/m);
      expect(code, output).toBe(0);
    });

    it('is not waited for if nothing listens there', async () => {
      const troubles: string[] = [];
      const database = await open(`postgresql://postgres@127.0.0.1:${await freePort()}/mirror`, troubles);
      expect(await database.reader.query('SELECT FROM amazon_order LIMIT 1')).toHaveLength(1);
      expect(database.replica?.reads).toMatchObject({ replica: 0, unavailable: 1 });
      expect(troubles).toEqual([expect.stringContaining(CANT_BE_USED)]);
      await database.close();
    });
  });

  it('is not read any more once it is a primary', async () => {
    const orders = await ordersInList();
    await standby.promote();
    await vi.waitFor(() => expect(log).toContain('is not a standby'), eventually);
    expect(await ordersInList()).toBe(orders);
    expect((await reads()).unavailable).toBeGreaterThan(0);
    expect(await doctor()).toEqual({
      code: 1,
      output: expect.stringMatching(/^ {2}✘ Replica for reading\n.*is not a standby/m),
    });
  });

  it('is not read if it follows the primary of before a fail-over, even if it is ahead of the new one', async () => {
    const follower = await cluster.startStandby();
    onEnd(() => follower.destroy());
    await app.database.query(`UPDATE amazon_order SET fulfilled_by = 'BEFORE'`);
    const url = standby.addressOf('mirror');
    const database = await openDatabase({ kind: 'postgres', url, readUrl: follower.addressOf('mirror') });
    try {
      await database.query(`UPDATE amazon_order SET fulfilled_by = 'AFTER' WHERE id = 1`);
      const rows = await database.reader.query('SELECT fulfilled_by AS by FROM amazon_order WHERE id = 1');
      expect(rows).toEqual([{ by: 'AFTER' }]);
      expect(database.replica?.reads).toMatchObject({ replica: 0, behind: 1 });
    } finally {
      await database.close();
    }
  });

  /** Writes on the primary, and reads what was written at once. */
  async function countUp(database: Database, times: number): Promise<void> {
    for (let count = 1; count <= times; count += 1) {
      await database.query(`UPDATE amazon_order SET fulfilled_by = $1 WHERE marketplace_id = '${US}' AND id <= 10`, [
        String(count),
      ]);
      const rows = await database.reader.query('SELECT DISTINCT fulfilled_by AS by FROM amazon_order WHERE id <= 10');
      expect(rows).toContainEqual({ by: String(count) });
    }
  }

  async function onStandby(text: string): Promise<object[]> {
    const client = new pg.Client(standby.addressOf('postgres'));
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  }

  const untilOnStandby = (text: string, rows: number) =>
    vi.waitFor(async () => expect(await onStandby(text)).toHaveLength(rows), eventually);
});
