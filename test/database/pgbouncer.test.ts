import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openDatabase } from '../../src/database/database.js';
import { type PgBouncer, pgBouncerVersion, startPgBouncer } from '../helpers/pgbouncer.js';
import { onPostgres, postgresForTests } from '../helpers/postgres-for-tests.js';
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
  beforeAll(() => onPostgres(`CREATE DATABASE ${name}`));
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
  ] as const)('#51 in transaction mode %s is refused with the way out', async ([, settings], { skip }) => {
    skip('max_prepared_statements' in settings && !isAtLeast(21), 'This PgBouncer has no prepared statements (1.21).');
    await expect(open(await start({ pool_mode: 'transaction', ...settings }))).rejects.toThrow(
      /can't be used: .*(prepared statement|notifications|settings).*pool_mode = session.*address of PostgreSQL itself/,
    );
  });

  it('#50 #51 names a start-up parameter of the address that PgBouncer refuses', async () => {
    await expect(open(await start({}), '?options=-c%20geqo%3Doff')).rejects.toThrow(
      /unsupported startup parameter.*DATABASE_URL.*ignore_startup_parameters/,
    );
  });
});
