import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/database.js';
import { openPostgres } from '../../src/database/driver/postgres.js';
import { transactionClient } from '../../src/database/driver/transaction-client.js';
import { findOrders } from '../../src/mirror/read/find-orders.js';
import { ALL_MEMBERS } from '../../src/mirror/read/mirrored-order.js';
import { saveOrders, writeOrders } from '../../src/mirror/write/save-orders.js';
import { createDatabase, onPostgres, postgresForTests, postgresUrlOf } from '../helpers/postgres-for-tests.js';

describe.runIf(await postgresForTests())('sessions of PostgreSQL', () => {
  const name = `ordermirror_test_${randomBytes(6).toString('hex')}`;
  const urlOf = (search: Record<string, string> = {}) => {
    const url = new URL(postgresUrlOf(name));
    for (const [key, value] of Object.entries(search)) url.searchParams.set(key, value);
    return url.href;
  };
  const ask = async (statement: string) => {
    const client = new pg.Client(urlOf());
    await client.connect();
    return (await client.query(statement).finally(() => client.end())).rows;
  };
  beforeAll(() => createDatabase(name));
  afterAll(() => onPostgres(`DROP DATABASE ${name} WITH (FORCE)`));

  it.each([
    ['?schema=', { schema: 'Mirror' }],
    ['the search path in ?options=', { options: '-c search_path=mirror2,public' }],
  ])('#49 %s: all statements, by hand and by Prisma, go to that schema', async (_how, search) => {
    const schema = 'schema' in search ? search.schema : 'mirror2';
    await ask(`CREATE SCHEMA ${pg.escapeIdentifier(schema)}; DROP TABLE IF EXISTS public.users, public.marketplaces;
               CREATE TABLE public.users (id int); CREATE TABLE public.marketplaces (id int)`);
    const database = await openDatabase({ kind: 'postgres', url: urlOf(search) });
    try {
      await database.prisma.user.create({ data: { email: 'a@example.com', passwordHash: 'x', role: 'OWNER' } });
      expect(await database.query('SELECT email, role FROM users')).toEqual([
        { email: 'a@example.com', role: 'OWNER' },
      ]);
      expect(await database.prisma.user.findMany({ where: { role: 'OWNER' } })).toHaveLength(1);
    } finally {
      await database.close();
    }
    const tables = await ask(`SELECT schemaname AS schema, count(*)::int FROM pg_tables
                               WHERE schemaname IN ('public', '${schema}') GROUP BY 1 ORDER BY 1`);
    expect(tables).toEqual([
      { schema, count: expect.any(Number) },
      { schema: 'public', count: 2 },
    ]);
    expect(tables[0].count).toBeGreaterThan(10);
  });

  it.each([
    ['statement_timeout', 'abc'],
    ['query_timeout', '-1'],
    ['lock_timeout', '5s'],
    ['idle_in_transaction_session_timeout', '9999999999'],
  ])('are refused with %s=%s, which is no number of milliseconds', async (name, value) => {
    await expect(openPostgres({ url: urlOf({ [name]: value }) })).rejects.toThrow(
      `DATABASE_URL has ${name}=${value}. It may be a number of milliseconds, such as ${name}=30000`,
    );
  });

  it('#50 have their settings whatever the address and the database set; other options of the address stay', async () => {
    for (const [setting, value] of Object.entries({ TimeZone: 'Europe/Berlin', jit: 'on', DateStyle: 'German' }))
      await ask(`ALTER DATABASE ${name} SET ${setting} = '${value}'`);
    const options =
      '-c jit=on -c default_transaction_isolation=serializable -c extra_float_digits=0 -c geqo=off -c search_path=set50';
    await ask('CREATE SCHEMA set50');
    const database = await openDatabase({ kind: 'postgres', url: urlOf({ options }) });
    try {
      const settings = [
        ['jit', 'off'],
        ['default_transaction_isolation', 'read committed'],
        ['extra_float_digits', '1'],
        ['TimeZone', 'UTC'],
        ['statement_timeout', '25s'],
        ['geqo', 'off'],
      ] as const;
      for (const [setting, value] of settings)
        expect(await database.query(`SELECT current_setting($1) AS value`, [setting]), setting).toEqual([{ value }]);
      const at = new Date('2026-07-01T12:00:00.000Z');
      const { id } = await database.prisma.user.create({
        data: { email: 'b@example.com', passwordHash: 'x', role: 'VIEWER', createdAt: at },
      });
      expect((await database.prisma.user.findUniqueOrThrow({ where: { id } })).createdAt).toEqual(at);
    } finally {
      await database.close();
    }
  });

  it('behind poolers begin each transaction with settings, by a prepared statement', async () => {
    const settings = { name: 'settings', text: `SELECT set_config('jit', 'off', true)`, script: 'SET LOCAL jit = off' };
    const Client = transactionClient(pg.Client, settings);
    const onConnect = (client: pg.ClientBase) => client.query({ name: 'settings', text: settings.text });
    const pool = new pg.Pool({
      connectionString: urlOf(),
      max: 1,
      Client,
      onConnect,
    });
    try {
      const query = { name: 'mine', text: `SELECT current_setting('jit') AS jit, $1::int AS number`, values: [7] };
      for (let time = 0; time < 3; time += 1)
        expect((await pool.query(query)).rows).toEqual([{ jit: 'off', number: 7 }]);
      const client = await pool.connect();
      await client.query('BEGIN');
      expect((await client.query(query)).rows).toEqual([{ jit: 'off', number: 7 }]);
      await client.query('COMMIT');
      client.release();
      const { rows } = await pool.query(
        'SELECT name, (generic_plans + custom_plans)::int AS uses FROM pg_prepared_statements ORDER BY 1',
      );
      expect(rows).toEqual([
        { name: 'mine', uses: 4 },
        { name: 'settings', uses: 5 },
      ]);
    } finally {
      await pool.end();
    }
  });

  it('prepare the merge of orders however many pages of orders clients have asked for', async () => {
    const database = await openDatabase({ kind: 'postgres', url: urlOf({ schema: 'prepared' }), schema: 'prepared' });
    const page = {
      filter: {},
      sort: { field: 'PURCHASE_DATE', direction: 'DESC' },
      after: null,
      before: null,
    } as const;
    try {
      // One after the other, so that all of them have the same session.
      for (let limit = 1; limit <= 120; limit += 1)
        await findOrders(database, { ...page, limit, fromEnd: false, selected: ALL_MEMBERS, withCount: false });
      const how = { includeItems: true, at: new Date(), changeSource: 'SYNC' } as const;
      await writeOrders(database, (sql) => saveOrders(sql, [], how));
      const [prepared] = await database.query(
        `SELECT count(*) FILTER (WHERE statement ~ 'AS page$')::int AS pages,
                count(*) FILTER (WHERE statement ~ 'WITH incoming')::int AS merges
           FROM pg_prepared_statements WHERE name ~ '^ordermirror_'`,
      );
      expect(prepared).toEqual({ pages: 100, merges: 1 });
    } finally {
      await database.close();
    }
  });

  it('#61 have statements cancelled before the client times out; migrations have no time limit', async () => {
    const driver = await openPostgres({ url: urlOf({ query_timeout: '600' }) });
    try {
      await expect(driver.query('SELECT pg_sleep(5)')).rejects.toMatchObject({ code: '57014' });
      let isScriptDone = false;
      const transaction = driver.transaction(async (session) => {
        await session.exec('SELECT pg_sleep(0.8)');
        isScriptDone = true;
        await session.query('SELECT pg_sleep(5)');
      });
      await expect(transaction).rejects.toMatchObject({ code: '57014' });
      expect(isScriptDone).toBe(true);
      expect(
        await ask(
          `SELECT pid FROM pg_stat_activity WHERE datname = '${name}' AND query LIKE 'SELECT pg_sleep%' AND state = 'active'`,
        ),
      ).toEqual([]);
    } finally {
      await driver.close();
    }
  });
});
