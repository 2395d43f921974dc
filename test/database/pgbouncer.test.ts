import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openDatabase } from '../../src/database/database.js';
import { type PgBouncer, pgBouncerVersion, startPgBouncer } from '../helpers/pgbouncer.js';
import { createDatabase, onPostgres, postgresForTests, postgresUrlOf } from '../helpers/postgres-for-tests.js';
import { readinessOf } from '../helpers/readiness.js';

const version = (await postgresForTests()) ? pgBouncerVersion() : null;
const isAtLeast = (minor: number) => version !== null && (version[0] > 1 || version[1] >= minor);

describe.runIf(version)('PgBouncer before PostgreSQL', () => {
  const name = `ordermirror_test_${randomBytes(6).toString('hex')}`;
  const running: PgBouncer[] = [];
  const start = async (settings: Record<string, string | number>) => {
    const pgBouncer = await startPgBouncer(settings);
    running.push(pgBouncer);
    return pgBouncer;
  };
  const open = (pgBouncer: PgBouncer, search = '') =>
    openDatabase({ kind: 'postgres', url: pgBouncer.urlOf(name) + search });
  beforeAll(() => createDatabase(name));
  afterAll(async () => {
    for (const pgBouncer of running) await pgBouncer.stop();
    await onPostgres(`DROP DATABASE ${name} WITH (FORCE)`);
  });

  it('#51 works in session mode with its defaults; readiness fails once its mode changes', async () => {
    const pgBouncer = await start({ pool_mode: 'session' });
    const database = await open(pgBouncer);
    try {
      let hear: (payload: string | null) => void = () => {};
      const heard = new Promise((resolve) => {
        hear = resolve;
      });
      await database.notifications.listen('sync_run', (payload) => hear(payload));
      await database.transaction((sql) => sql.query(`SELECT pg_notify('sync_run', '7')`));
      expect(await heard).toBe('7');
      for (let times = 0; times < 3; times += 1) {
        const statement = database.query<{ jit: string }>(`SELECT current_setting('jit') AS jit`, [], {
          prepare: true,
        });
        expect(await statement).toEqual([{ jit: 'off' }]);
      }
      expect(await database.prisma.user.count()).toBe(0);
      expect(await readinessOf(database)).toEqual({ status: 200, database: 'ok' });

      pgBouncer.reload({ pool_mode: 'transaction' });
      // PgBouncer frees a session at the end of its next transaction.
      await database.notifications.listen('another_channel', () => {});
      const lost = { status: 503, database: 'notifications do not arrive' };
      await vi.waitFor(async () => expect(await readinessOf(database)).toEqual(lost), {
        timeout: 60_000,
        interval: 200,
      });
    } finally {
      await database.close();
    }
  });

  it.for([
    ['in its default configuration', {}],
    ['with prepared statements', { max_prepared_statements: 100 }],
    ['with one session', { default_pool_size: 1 }],
    ['taking sessions in turn', { server_round_robin: 1 }],
  ] as const)('#51 in transaction mode %s is refused without DATABASE_DIRECT_URL', async ([, settings], { skip }) => {
    skip('max_prepared_statements' in settings && !isAtLeast(21), 'This PgBouncer has no prepared statements (1.21).');
    const pgBouncer = await start({ pool_mode: 'transaction', ...settings });
    const others = 'default_pool_size' in settings ? [] : await openClients(pgBouncer, 4);
    await expect(open(pgBouncer)).rejects.toThrow(
      /can't be used: each transaction gets another session\. .*set DATABASE_DIRECT_URL to .*Supabase.*Neon.*pool_mode = session\.$/,
    );
    for (const client of others) await client.end();
  });

  it('is refused in statement mode, and in transaction mode at DATABASE_DIRECT_URL', async () => {
    await expect(open(await start({ pool_mode: 'statement' }))).rejects.toThrow(
      /in statement mode it refuses transactions/,
    );
    const url = (await start({ pool_mode: 'transaction' })).urlOf(name);
    await expect(openDatabase({ kind: 'postgres', url, directUrl: url })).rejects.toThrow(
      /each transaction gets another session\. DATABASE_DIRECT_URL leads to .*: set it to the address of PostgreSQL itself/,
    );
  });

  it('#50 #51 names a start-up parameter of the address that PgBouncer refuses', async () => {
    await expect(open(await start({}), '?options=-c%20geqo%3Doff')).rejects.toThrow(
      /unsupported startup parameter.*DATABASE_URL.*ignore_startup_parameters/,
    );
  });

  describe('in transaction mode, with DATABASE_DIRECT_URL', () => {
    const openPooled = async (settings: Record<string, string | number> = {}) => {
      const pgBouncer = await start({ pool_mode: 'transaction', ...settings });
      const config = { kind: 'postgres', url: pgBouncer.urlOf(name), directUrl: postgresUrlOf(name) } as const;
      const database = await openDatabase(config);
      onTestFinished(() => database.close());
      return { pgBouncer, database };
    };
    const SETTINGS = `SELECT current_setting('jit') AS jit, translate(current_setting('search_path'), '"', '') AS path`;
    const OURS = { jit: 'off', path: 'public' };

    it('all statements have the settings, and other clients of the pooler do not', async () => {
      const { pgBouncer, database } = await openPooled();
      const asked = await Promise.all([
        database.query(SETTINGS),
        database.query(`${SETTINGS} WHERE $1`, [true], { prepare: true }),
        database.query(`${SETTINGS} WHERE $1`, [true], { prepare: true }),
        database.prisma.$queryRawUnsafe(SETTINGS),
        database.transaction((sql) => sql.query(SETTINGS)),
        database.transaction((sql) => sql.query(SETTINGS), 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT 1'),
        database.prisma.$transaction((prisma) => prisma.$queryRawUnsafe(SETTINGS)),
      ]);
      expect(asked).toEqual(asked.map(() => [OURS]));
      const query = { text: SETTINGS, values: [], format: 'csv', signal: new AbortController().signal } as const;
      const file = await database.readSnapshot(query, async (chunks) => {
        let text = '';
        for await (const chunk of chunks) text += chunk.toString();
        return text;
      });
      expect(file).toBe('off,public\r\n');
      for (const client of await openClients(pgBouncer, 5)) {
        const { rows } = await client.query(SETTINGS);
        await client.end();
        expect(rows).not.toEqual([OURS]);
      }
    });

    it('a statement that fails leaves no transaction behind, and no wrong results', async () => {
      const { database } = await openPooled({ default_pool_size: 1 });
      const codeOf = (text: string) =>
        database.query(text, [], { prepare: true }).then(
          () => null,
          ({ code }) => code,
        );
      expect(await codeOf('SELECT * FROM nowhere')).toBe('42P01');
      expect(await codeOf('SELECT 1 / 0')).toBe('22012');
      await expect(database.transaction((sql) => sql.query('SELECT 1 / 0'))).rejects.toMatchObject({ code: '22012' });
      await database.query('CREATE TABLE nowhere AS SELECT 7 AS found');
      expect(await database.query('SELECT * FROM nowhere', [], { prepare: true })).toEqual([{ found: 7 }]);
      expect(await database.query('SELECT 1 AS one WHERE false')).toEqual([]);
      await database.query('DROP TABLE nowhere');
    });

    it('is refused for another database, and for a default isolation that is not read committed', async () => {
      const openBeside = async (directUrl: string) => {
        const url = (await start({ pool_mode: 'transaction' })).urlOf(name);
        await (await openDatabase({ kind: 'postgres', url, directUrl, schema: 'public' })).close();
      };
      await createDatabase(`${name}_other`);
      await expect(openBeside(postgresUrlOf(`${name}_other`))).rejects.toThrow(
        /sent through DATABASE_URL \(127.*\) do not arrive at DATABASE_DIRECT_URL \(.*_other\)\. Both must lead to the same/,
      );
      await onPostgres(`DROP DATABASE ${name}_other WITH (FORCE)`);
      await onPostgres(`ALTER DATABASE ${name} SET default_transaction_isolation = serializable`);
      await expect(openBeside(postgresUrlOf(name))).rejects.toThrow(
        /are serializable by default.*ALTER ROLE .* SET default_transaction_isolation = 'read committed'/,
      );
      await onPostgres(`ALTER DATABASE ${name} RESET default_transaction_isolation`);
    });

    it('prepares statements where the pooler carries them (1.21)', async ({ skip }) => {
      skip(!isAtLeast(21), 'This PgBouncer has no prepared statements (1.21).');
      const { database } = await openPooled({ max_prepared_statements: 100, default_pool_size: 2 });
      const countOf = () =>
        database.query<{ names: bigint }>('SELECT count(*) AS names FROM pg_prepared_statements WHERE $1', [true], {
          prepare: true,
        });
      for (const [row] of await Promise.all([countOf(), countOf(), countOf()])) expect(row?.names).toBeGreaterThan(0n);
    });
  });

  /** Connects clients, each of which has had a session of its own. */
  async function openClients(pgBouncer: PgBouncer, count: number): Promise<pg.Client[]> {
    const clients = Array.from({ length: count }, () => new pg.Client(pgBouncer.urlOf(name)));
    await Promise.all(clients.map((client) => client.connect()));
    await Promise.all(clients.map((client) => client.query('SELECT pg_sleep(0.05)')));
    return clients;
  }
});
