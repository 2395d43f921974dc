import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Database, type DatabaseConfig, openDatabase } from '../../src/database/database.js';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { seedOrders } from '../helpers/seed-orders.js';
import { withApp } from '../helpers/with-app.js';
import { copyPgliteTo, createTestDatabase, databaseKind } from '../helpers/with-database.js';
import { temporaryFolder } from '../helpers/with-process.js';
import { withSimulator } from '../helpers/with-sync.js';

const INDEX = 'amazon_order_search_parts_idx';

async function isComplete(sql: Pick<Database, 'query'>): Promise<boolean> {
  const rows = await sql.query(`SELECT FROM pg_index WHERE indexrelid = to_regclass('${INDEX}') AND indisvalid`);
  return rows.length > 0;
}

async function dropIndexOfOrders(database: Database): Promise<void> {
  await seedOrders(database, 1_000);
  await database.query(`DROP INDEX ${INDEX}`);
}

/** Begins a transaction; PostgreSQL completes no index until it ends. Returns a function that ends it. */
async function readFor(config: DatabaseConfig): Promise<() => Promise<void>> {
  const reader = new pg.Client(config.kind === 'postgres' ? config.url : '');
  await reader.connect();
  onTestFinished(() => reader.end());
  await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM amazon_order LIMIT 1');
  return async () => {
    await reader.query('COMMIT');
  };
}

describe('indexes that are missing', () => {
  it.runIf(databaseKind === 'pglite')('are made when an embedded database is opened', async () => {
    const dataDir = temporaryFolder();
    copyPgliteTo(join(dataDir, 'pgdata'));
    const pglite = await PGlite.create(join(dataDir, 'pgdata'));
    await pglite.exec(`DROP INDEX ${INDEX}`);
    await pglite.close();
    const database = await openDatabase({ kind: 'pglite', dataDir });
    onTestFinished(() => database.close());
    expect(await isComplete(database)).toBe(true);
  });

  it.runIf(databaseKind === 'postgres')(
    'are made while the server answers and writes; searches find all meanwhile',
    async () => {
      const simulator = await withSimulator({ orders: 5 });
      const first = await withApp(simulator);
      await dropIndexOfOrders(first.app.database);
      const endTransaction = await readFor(first.store.config);
      const second = await withApp(simulator, { besides: first });
      await second.logged('An index is being made.');
      const search = '{ orders(filter: { search: "0012-00000" }) { totalCount } }';
      expect(await first.owner.request(search)).toEqual({ orders: { totalCount: 1 } });
      expect(await untilRun(first.owner, await startRun(first.owner), hasEnded)).toMatchObject({ status: 'OK' });
      expect(await isComplete(first.app.database)).toBe(false);
      await endTransaction();
      await second.logged('All indexes are there.');
      expect(await isComplete(first.app.database)).toBe(true);
      expect(await first.owner.request(search)).toEqual({ orders: { totalCount: 1 } });
    },
  );

  it.runIf(databaseKind === 'postgres')('are made in spite of a lock_timeout', async () => {
    const store = await createTestDatabase({ lock_timeout: '100' });
    onTestFinished(store.drop);
    const database = await store.open();
    onTestFinished(() => database.close());
    await dropIndexOfOrders(database);
    const endTransaction = await readFor(store.config);
    const made = database.makeIndexes({}).catch((error: Error) => error.message);
    await setTimeout(500);
    await endTransaction();
    expect(await made).toBe('made');
  });

  it.runIf(databaseKind === 'postgres')(
    'are made by one process, and again if an attempt left them incomplete',
    async () => {
      const store = await createTestDatabase();
      onTestFinished(store.drop);
      const database = await store.open();
      onTestFinished(() => database.close());
      await dropIndexOfOrders(database);
      const endTransaction = await readFor(store.config);
      const [begun, attempt] = await new Promise<[string, Promise<unknown>]>((resolve) => {
        const made = database.makeIndexes({
          onIndex: (name) => resolve([name, made.catch((error) => error)]),
        });
      });
      expect(begun).toBe(INDEX);
      expect(await database.makeIndexes({})).toBe('elsewhere');

      // As a crash of PostgreSQL leaves it.
      const [session] = await database.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'CREATE INDEX CONCURRENTLY%'`,
      );
      await database.query('SELECT pg_terminate_backend($1, 10000)', [session?.pid]);
      expect(await attempt).toBeInstanceOf(Error);
      expect(await isComplete(database)).toBe(false);
      await endTransaction();
      expect(await database.makeIndexes({})).toBe('made');
      expect(await isComplete(database)).toBe(true);
      expect(await database.makeIndexes({})).toBe('none missing');
    },
  );
});
