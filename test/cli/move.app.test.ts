import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { moveData } from '../../src/cli/move/move-data.js';
import { readTables } from '../../src/cli/move/tables.js';
import { placeOf } from '../../src/connection/sealed-credential.js';
import { createSealer } from '../../src/connection/sealing.js';
import { openDatabase } from '../../src/database/database.js';
import { lockDataFolder } from '../../src/database/driver/data-folder-lock.js';
import { createEmptyDatabase } from '../../src/database/driver/empty-database.js';
import { openPglite } from '../../src/database/driver/pglite.js';
import { openPostgres } from '../../src/database/driver/postgres.js';
import type { Driver } from '../../src/database/sql.js';
import { createDatabase, onPostgres, postgresUrlOf } from '../helpers/postgres-for-tests.js';
import { expectConverged, hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { databaseKind } from '../helpers/with-database.js';
import {
  beginProcess,
  connectAsOwner,
  KEYS,
  runToItsEnd,
  startProcess,
  temporaryFolder,
} from '../helpers/with-process.js';
import { withSimulator } from '../helpers/with-sync.js';

const PING = 'mutation { pingSpApi { ok errorCode } }';

/** An empty PostgreSQL database without tables. */
async function bareDatabase(): Promise<string> {
  const name = `ordermirror_test_${randomBytes(6).toString('hex')}`;
  await createDatabase(name);
  onTestFinished(() => onPostgres(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  return postgresUrlOf(name);
}

async function ask<Row extends object>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

const tablesAt = (url: string) => ask(url, `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`);
const move = (env: Record<string, string>) => runToItsEnd(env, { command: 'move' });

/** The data folder of a stopped server; `fill` writes to its database first. */
async function embedded(fill?: (driver: Driver) => Promise<unknown>): Promise<string> {
  const dataDir = temporaryFolder();
  createEmptyDatabase(join(dataDir, 'pgdata'));
  if (!fill) return dataDir;
  const driver = await openPglite({ dataDir });
  await fill(driver);
  await driver.close();
  return dataDir;
}

/** A credential, sealed under this key. */
const credential = (key: Buffer) => async (driver: Driver) => {
  const [connection] = await driver.query<{ id: bigint }>(
    `INSERT INTO amazon_connection (region) VALUES ('NA') RETURNING id`,
  );
  const id = connection?.id ?? 0n;
  const sealed = createSealer([key]).seal('Atzr|moved', placeOf.refreshToken(id));
  await driver.query('INSERT INTO amazon_credential (connection_id, refresh_token_sealed) VALUES ($1, $2)', [
    id,
    sealed,
  ]);
};

const withRows = (count: number) => (driver: Driver) =>
  driver.query(`INSERT INTO audit_log (action) SELECT 'row ' || n FROM generate_series(1, $1::int) AS n`, [count]);

describe.runIf(databaseKind === 'postgres')('a move from the embedded database to PostgreSQL', () => {
  it('copies everything; the server continues there with the same keys and cursor', async () => {
    const simulator = await withSimulator({ orders: 70, maxPerPage: 20 });
    const amazon = { SP_API_ENDPOINT: simulator.url, LWA_ENDPOINT: simulator.url };
    const DATA_DIR = temporaryFolder();
    const before = await startProcess({ DATA_DIR, ...amazon });
    const token = await connectAsOwner(before.api, simulator.marketplaceIds);
    expect(await untilRun(before.api, await startRun(before.api), hasEnded)).toMatchObject({ status: 'OK' });
    type Changes = { orderChanges: { nodes: { cursor: string; amazonOrderId: string }[] } };
    const changes =
      'query ($after: String) { orderChanges(first: 100, after: $after) { nodes { cursor amazonOrderId } } }';
    const { nodes } = (await before.api.request<Changes>(changes)).orderChanges;
    expect(nodes).toHaveLength(70);
    before.kill('SIGTERM');
    await before.ended;

    const DATABASE_URL = await bareDatabase();
    const { code, output } = await move({ DATA_DIR, DATABASE_URL });
    expect(output).toMatch(/100 % .* rows/);
    expect(code, output).toBe(0);
    const file = join(DATA_DIR, 'postgresql.env');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const variables = parseEnv(readFileSync(file, 'utf8')) as Record<string, string>;
    const kept = JSON.parse(readFileSync(join(DATA_DIR, 'keys.json'), 'utf8'));
    expect(variables).toEqual({ DATABASE_URL, JWT_SECRET: kept.jwtSecret, ENCRYPTION_KEY: kept.encryptionKey });
    for (const secret of [kept.jwtSecret, kept.encryptionKey]) expect(output).not.toContain(secret);

    const env = { ...amazon, ...variables };
    const after = await startProcess(env);
    after.api.signIn(token);
    const moved = await after.api.request<Changes>(changes, { after: nodes[30]?.cursor });
    expect(moved.orderChanges.nodes).toEqual(nodes.slice(31));
    expect(await after.api.request(PING)).toMatchObject({ pingSpApi: { ok: true } });
    await expectConverged(env, after, simulator);
    const runs = await ask(
      DATABASE_URL,
      'SELECT orders_inserted, orders_updated FROM sync_run ORDER BY id DESC LIMIT 1',
    );
    expect(runs).toEqual([{ orders_inserted: 0, orders_updated: 0 }]);
    expect(
      await ask(DATABASE_URL, `SELECT 1 AS one FROM pg_stats WHERE tablename = 'amazon_order' LIMIT 1`),
    ).toHaveLength(1);
  });

  it('continues an interrupted run at its checkpoint', async () => {
    const simulator = await withSimulator({ orders: 90, maxPerPage: 20 });
    const amazon = { SP_API_ENDPOINT: simulator.url, LWA_ENDPOINT: simulator.url };
    const DATA_DIR = temporaryFolder();
    const before = await startProcess({ DATA_DIR, ...KEYS, ...amazon });
    const token = await connectAsOwner(before.api, simulator.marketplaceIds);
    simulator.faults.add({ operation: 'searchOrders', on: { from: 3 }, fault: { kind: 'hang' } });
    const id = await startRun(before.api);
    await untilRun(before.api, id, (run) => run.pages === 2);
    before.kill('SIGKILL');
    await before.ended;
    simulator.faults.clear();

    const DATABASE_URL = await bareDatabase();
    expect(await move({ DATA_DIR, DATABASE_URL, ...KEYS })).toMatchObject({ code: 0 });
    expect(await ask(DATABASE_URL, 'SELECT status, pages, claim FROM sync_run')).toEqual([
      { status: 'RUNNING', pages: 2, claim: null },
    ]);
    const env = { DATABASE_URL, ...KEYS, ...amazon };
    const after = await startProcess(env);
    after.api.signIn(token);
    expect(await untilRun(after.api, id, hasEnded)).toMatchObject({ status: 'OK', pages: 5, ordersSeen: 90 });
    await expectConverged(env, after, simulator);
  });

  it('copies every table, column and sequence', async () => {
    const dataDir = await embedded((driver) =>
      driver.query(
        `WITH run AS (
           INSERT INTO sync_run (trigger, dry_run, include_items, updated_after, updated_before, legs, status, progress,
                                 refused_marketplace_ids)
           VALUES ('MANUAL', false, true, '2026-01-01 00:00:00.123Z', now(), '[{"a": 1.10}]', 'OK', 0.1, '{"a b","c\\"d",NULL}')
           RETURNING id)
         INSERT INTO rejected_order (key, reason, payload, run_id)
         SELECT 'k', E'a line\\nand "quotes" \\\\ and \\t ž 🛒', '{"n": 1.0500, "e": "\\\\u00e9", "deep": [null, {}]}', id FROM run`,
      ),
    );
    const url = await bareDatabase();
    const [source, target] = [await openPglite({ dataDir }), await openPostgres({ url })];
    try {
      const { tables } = await moveData(source, target);
      const found = await readTables(target);
      expect(tables).toBe(found.length);
      expect(found.map(({ name }) => name).sort()).toEqual(
        (await ask<{ tablename: string }>(url, `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`))
          .map(({ tablename }) => tablename)
          .filter((name) => name !== '_prisma_migrations')
          .sort(),
      );
      for (const { name } of found) {
        const all = `SELECT * FROM ${name} ORDER BY 1`;
        expect(await target.query(all), name).toEqual(await source.query(all));
      }
      expect(await target.query(`INSERT INTO audit_log (action) VALUES ('next') RETURNING id`)).toEqual(
        await source.query(`INSERT INTO audit_log (action) VALUES ('next') RETURNING id`),
      );
      expect(await target.query(`SELECT nextval('sync_run_id_seq') AS next`)).toEqual([{ next: 2n }]);
    } finally {
      await source.close();
      await target.close();
    }
  });

  it('is rolled back if the copy differs', async () => {
    const dataDir = await embedded(withRows(1_000));
    const url = await bareDatabase();
    const [source, target] = [await openPglite({ dataDir }), await openPostgres({ url })];
    const careless: Driver = {
      ...target,
      transaction: (work) =>
        target.transaction((session) =>
          work({
            ...session,
            query: async (text, values) => {
              const rows = await session.query<never>(text, values);
              if (/INSERT INTO audit_log/.test(text))
                await session.query(`UPDATE audit_log SET action = 'other' WHERE id = 7`);
              return rows;
            },
          }),
        ),
    };
    try {
      await expect(moveData(source, careless)).rejects.toThrow(/copy of the table audit_log differs/);
      expect(await tablesAt(url)).toEqual([]);
    } finally {
      await source.close();
      await target.close();
    }
  });

  it('that is killed leaves the target empty, and the next one succeeds', async () => {
    const DATA_DIR = await embedded(withRows(40_000));
    const DATABASE_URL = await bareDatabase();
    const first = beginProcess({ DATA_DIR, DATABASE_URL, ...KEYS }, { command: 'move' });
    first.listening.catch(() => {});
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (!/ rows, audit_log/.test(first.output())) return;
        clearInterval(timer);
        resolve();
      }, 1);
    });
    first.kill('SIGKILL');
    expect(await first.ended).toBe('SIGKILL');
    expect(await tablesAt(DATABASE_URL)).toEqual([]);
    expect(await move({ DATA_DIR, DATABASE_URL, ...KEYS })).toMatchObject({ code: 0 });
    expect(await ask(DATABASE_URL, 'SELECT count(*)::int AS rows FROM audit_log')).toEqual([{ rows: 40_000 }]);
  });

  describe('is refused in one line, with nothing changed,', () => {
    const refusal = async (env: Record<string, string>) => {
      const { code, output } = await move(env);
      expect(code).toBe(1);
      const lines = output.trim().split('\n');
      expect(lines.at(-1)).toMatch(/^Nothing was moved\. /);
      return lines.at(-1) ?? '';
    };

    it('without an address', async () => {
      expect(await refusal({ DATA_DIR: temporaryFolder() })).toMatch(/DATABASE_URL is not set.*postgresql:\/\//);
    });

    it('without an embedded database', async () => {
      const DATA_DIR = join(temporaryFolder(), 'elsewhere');
      const DATABASE_URL = await bareDatabase();
      expect(await refusal({ DATA_DIR, DATABASE_URL })).toContain(`no embedded database in ${DATA_DIR}`);
      expect(await tablesAt(DATABASE_URL)).toEqual([]);
    });

    it('while the server uses the data folder', async () => {
      const DATA_DIR = await embedded();
      const unlock = await lockDataFolder(DATA_DIR);
      const DATABASE_URL = await bareDatabase();
      expect(await refusal({ DATA_DIR, DATABASE_URL })).toContain(`in use by process ${process.pid}. Stop`);
      expect(await tablesAt(DATABASE_URL)).toEqual([]);
      unlock();
    });

    it('to a database with rows', async () => {
      const DATABASE_URL = await bareDatabase();
      await (await openDatabase({ kind: 'postgres', url: DATABASE_URL })).close();
      await ask(DATABASE_URL, `INSERT INTO users (email, password_hash, role) VALUES ('a@b.c', 'x', 'OWNER')`);
      expect(await refusal({ DATA_DIR: await embedded(), DATABASE_URL })).toMatch(
        /not empty: the table users holds rows/,
      );
      expect(await ask(DATABASE_URL, 'SELECT email FROM users')).toEqual([{ email: 'a@b.c' }]);
    });

    it('to a database of a newer version', async () => {
      const DATABASE_URL = await bareDatabase();
      await (await openDatabase({ kind: 'postgres', url: DATABASE_URL })).close();
      await ask(
        DATABASE_URL,
        `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', 'x', '29990101000000_later', now())`,
      );
      expect(await refusal({ DATA_DIR: await embedded(), DATABASE_URL })).toMatch(/doesn't know: 29990101000000_later/);
    });
  });

  it('succeeds while a server starts on the target', async () => {
    const DATABASE_URL = await bareDatabase();
    const early = await startProcess({ DATABASE_URL, ...KEYS });
    expect(await move({ DATA_DIR: await embedded(withRows(1_000)), DATABASE_URL, ...KEYS })).toMatchObject({ code: 0 });
    early.kill('SIGTERM');
    await early.ended;
    expect(await ask(DATABASE_URL, 'SELECT count(*)::int AS rows FROM audit_log')).toEqual([{ rows: 1_000 }]);
  });

  it('adds the old key to new ones in the environment, so that the credential can be opened', async () => {
    const old = randomBytes(32);
    const DATA_DIR = await embedded(credential(old));
    const kept = { jwtSecret: 'kept'.repeat(8), encryptionKey: old.toString('base64') };
    writeFileSync(join(DATA_DIR, 'keys.json'), JSON.stringify(kept), { mode: 0o600 });
    const DATABASE_URL = await bareDatabase();
    expect(await move({ DATA_DIR, DATABASE_URL, ...KEYS })).toMatchObject({ code: 0 });
    const variables = parseEnv(readFileSync(join(DATA_DIR, 'postgresql.env'), 'utf8'));
    expect(variables).toEqual({ DATABASE_URL, ENCRYPTION_KEY: `${KEYS.ENCRYPTION_KEY},${kept.encryptionKey}` });
  });

  it('reports a credential that no key opens', async () => {
    const DATA_DIR = await embedded(credential(randomBytes(32)));
    writeFileSync(join(DATA_DIR, 'postgresql.env'), 'old', { mode: 0o644 });
    const { code, output } = await move({ DATA_DIR, DATABASE_URL: await bareDatabase(), ...KEYS });
    expect(code).toBe(0);
    expect(output).toMatch(/sealed with a key that is neither .* save it again/);
    expect(statSync(join(DATA_DIR, 'postgresql.env')).mode & 0o777).toBe(0o600);
  });
});
