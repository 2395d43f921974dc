import { describe, expect } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { isConnectionLoss, isTransient } from '../../src/database/errors.js';
import { it } from '../helpers/fixtures.js';
import { createTestDatabase, databaseKind } from '../helpers/with-database.js';

const STALL_TIMEOUT = 'idle_in_transaction_session_timeout';

describe('a database', () => {
  it('returns bigint, numeric, date, timestamp and jsonb values in the same form on both kinds', async ({
    database,
  }) => {
    const [row] = await database.query<Record<string, unknown>>(
      `SELECT 9007199254740993::bigint AS big, 12.50::numeric AS amount, '2026-02-28'::date AS day,
              '2026-01-01T00:00:00.123Z'::timestamptz AS instant, $1::jsonb AS json, $2::text[] AS list, $3::bigint AS sent`,
      [JSON.stringify({ a: [1] }), ['x', 'y,"z'], 9007199254740993n],
    );
    expect(row).toEqual({
      big: 9007199254740993n,
      amount: '12.50',
      day: '2026-02-28',
      instant: new Date('2026-01-01T00:00:00.123Z'),
      json: { a: [1] },
      list: ['x', 'y,"z'],
      sent: 9007199254740993n,
    });
  });

  it('rolls a failed transaction back', async ({ database }) => {
    const insert = `INSERT INTO sync_cursor VALUES ($1, now())`;
    await expect(
      database.transaction(async (sql) => {
        await sql.query(insert, ['A']);
        throw new Error('halfway');
      }),
    ).rejects.toThrow('halfway');
    await database.transaction((sql) => sql.query(insert, ['B']));
    const rows = await database.query<{ marketplace_id: string }>('SELECT marketplace_id FROM sync_cursor');
    expect(rows).toEqual([{ marketplace_id: 'B' }]);
  });

  it('notifies listeners after a commit, and not of a rollback', async ({ database }) => {
    const heard: (string | null)[] = [];
    let wake = () => {};
    const two = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const stop = await database.notifications.listen('sync_run', (payload) => {
      heard.push(payload);
      if (heard.length === 2) wake();
    });
    await database
      .transaction(async (sql) => {
        await sql.query(`SELECT pg_notify('sync_run', 'rolled back')`);
        throw new Error('no');
      })
      .catch(() => {});
    await database.transaction(async (sql) => {
      await sql.query(`SELECT pg_notify('sync_run', '1')`);
      expect(heard).toEqual([]);
    });
    await database.query(`SELECT pg_notify('sync_run', '2')`);
    await two;
    expect(heard).toEqual(['1', '2']);
    stop();
  });

  it('reports statements, those of Prisma too', async ({ database, statements }) => {
    statements.length = 0;
    await database.prisma.user.count();
    await database.query('SELECT 1 AS one');
    expect(statements).toHaveLength(2);
  });

  it.runIf(databaseKind === 'postgres')(
    'survives a session that is cut in the middle of a transaction',
    async ({ database }) => {
      const cut = database.transaction(async (sql) => {
        const [session] = await sql.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        await database.query('SELECT pg_terminate_backend($1)', [session?.pid]);
        await sql.query('SELECT pg_sleep(5)');
      });
      await expect(cut).rejects.toThrow(/terminat|connection error/);
      expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    },
  );

  it.runIf(databaseKind === 'postgres')(
    'overrides session settings of the database that statements depend on',
    async ({ database }) => {
      const test = await createTestDatabase();
      const settings = ['default_transaction_isolation', 'extra_float_digits', 'DateStyle', 'jit', STALL_TIMEOUT];
      const inForce = async (database: Database) =>
        Promise.all(
          settings.map(async (name) => {
            const [row] = await database.query<{ value: string }>('SELECT current_setting($1) AS value', [name]);
            return row?.value;
          }),
        );
      const name = test.config.kind === 'postgres' ? new URL(test.config.url).pathname.slice(1) : '';
      for (const setting of [
        `default_transaction_isolation TO 'serializable'`,
        'extra_float_digits TO 0',
        'DateStyle TO German',
        'jit TO on',
        `${STALL_TIMEOUT} TO 0`,
      ])
        await database.query(`ALTER DATABASE ${name} SET ${setting}`);
      const fresh = await test.open();
      try {
        expect(await inForce(fresh)).toEqual(['read committed', '1', expect.stringMatching(/^ISO/), 'off', '15s']);
      } finally {
        await fresh.close();
        await test.drop();
      }
    },
  );
});

describe('an error of the database', () => {
  const withCode = (code: string, cause?: Error) => Object.assign(new Error('something', { cause }), { code });

  it.each(['08006', '57P01', '25P03', 'ECONNRESET', 'P1001', 'P1017'])('%s counts as a lost connection', (code) => {
    expect(isConnectionLoss(withCode(code))).toBe(true);
    expect(isConnectionLoss(new Error('outer', { cause: withCode(code) }))).toBe(true);
    expect(isTransient(withCode(code))).toBe(false);
  });

  it.each(['40P01', '40001', '25006', '53300', '55P03', '57014'])('%s counts as transient', (code) => {
    expect(isTransient(withCode(code))).toBe(true);
    expect(isTransient(new Error('outer', { cause: withCode(code) }))).toBe(true);
    expect(isConnectionLoss(withCode(code))).toBe(false);
  });

  it.each(['23505', '42P01', 'P2002'])('%s counts as neither', (code) => {
    expect([isConnectionLoss(withCode(code)), isTransient(withCode(code)), isTransient('text')]).toEqual([
      false,
      false,
      false,
    ]);
  });
});
