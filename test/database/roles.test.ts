import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../src/database/database.js';
import { TABLES } from '../../src/database/rights.js';
import { createDatabase, onPostgres, postgresForTests, postgresUrlOf } from '../helpers/postgres-for-tests.js';
import { KEYS, runToItsEnd, temporaryFolder } from '../helpers/with-process.js';

describe.runIf(await postgresForTests())('a role that owns the tables, and another one for the server', () => {
  /** A database, and two roles without a right on it. */
  async function databaseWithRoles() {
    const name = `ordermirror_test_${randomBytes(6).toString('hex')}`;
    const [owner, app] = [`${name}_owner`, `${name}_app`];
    for (const role of [owner, app]) await onPostgres(`CREATE ROLE ${role} LOGIN`);
    await createDatabase(name);
    onTestFinished(async () => {
      await onPostgres(`DROP DATABASE ${name} WITH (FORCE)`);
      for (const role of [owner, app]) await onPostgres(`DROP ROLE ${role}`);
    });
    const urlOf = (role: string) => Object.assign(new URL(postgresUrlOf(name)), { username: role, password: '' }).href;
    const ask = async (text: string) => {
      const client = new pg.Client(postgresUrlOf(name));
      await client.connect();
      return (await client.query(text).finally(() => client.end())).rows;
    };
    return { name, owner, app, ask, config: { kind: 'postgres', url: urlOf(app), directUrl: urlOf(owner) } as const };
  }

  it('share a schema whose name needs quotes: the owner creates, migrates and indexes it, and grants the other one rights on rows only', async () => {
    const { name, owner, app, ask, config } = await databaseWithRoles();
    const schema = 'Mirror 1';
    await onPostgres(`GRANT CREATE ON DATABASE ${name} TO ${owner}`);
    await ask('CREATE TABLE public.users (id int)');
    const database = await openDatabase({ ...config, schema });
    expect(database.missing).toEqual([]);
    const tables = await ask(`SELECT c.relname AS name, pg_get_userbyid(relowner) AS owner,
                                     has_table_privilege('${app}', c.oid, 'TRUNCATE, TRIGGER, REFERENCES') AS more
                                FROM pg_class c WHERE relnamespace = '"${schema}"'::regnamespace AND relkind = 'r'
                                 AND relname <> '_prisma_migrations' ORDER BY 1`);
    expect(tables).toEqual(TABLES.map((table) => ({ name: table, owner, more: false })));
    try {
      expect(await database.query('SELECT current_user::text AS role')).toEqual([{ role: app }]);
      expect(
        await database.prisma.user.create({ data: { email: 'a@b.c', passwordHash: 'x', role: 'OWNER' } }),
      ).toBeTruthy();
      await expect(database.query('TRUNCATE users')).rejects.toMatchObject({ code: '42501' });
      await expect(database.query('CREATE TABLE other (id int)')).rejects.toMatchObject({ code: '42501' });
      await ask('DROP INDEX "Mirror 1".amazon_order_to_ship_idx');
      expect(await database.makeIndexes({})).toBe('made');
    } finally {
      await database.close();
    }
    const byNobody = (url: string) => Object.assign(new URL(url), { username: 'nobody' }).href;
    await expect(openDatabase({ ...config, directUrl: byNobody(config.directUrl) })).rejects.toThrow(
      /role "nobody" does not exist\. Check the role in DATABASE_DIRECT_URL/,
    );
    await expect(openDatabase({ ...config, schema, url: byNobody(config.url) })).rejects.toThrow(
      /role "nobody" does not exist\. Check the role in DATABASE_URL/,
    );
  });

  it('are refused with the missing GRANT if the owner of the tables is a third role', async () => {
    const { name, owner, app, config } = await databaseWithRoles();
    await (await openDatabase({ kind: 'postgres', url: postgresUrlOf(name) })).close();
    await expect(openDatabase(config)).rejects.toThrow(
      new RegExp(`permission denied for table _prisma_migrations\\. GRANT SELECT.* TO "${owner}"`),
    );
    const tables = 'ALL TABLES IN SCHEMA public';
    await onPostgres(`GRANT SELECT ON ${tables} TO ${owner}`, name);
    await expect(openDatabase(config)).rejects.toThrow(
      new RegExp(
        `role of DATABASE_URL lacks rights .* the role of DATABASE_DIRECT_URL may not grant them.* run: GRANT SELECT, INSERT, UPDATE, DELETE ON public\\.amazon_connection, .* TO ${app}; GRANT USAGE ON SEQUENCE public\\.`,
      ),
    );
    await onPostgres(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${tables} TO ${app}`, name);
    await onPostgres(`GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${app}`, name);
    await (await openDatabase(config)).close();
  });

  it.for([
    ['DATABASE_URL', 'DATABASE_DIRECT_URL'],
    ['DATABASE_DIRECT_URL', 'DATABASE_URL'],
  ] as const)('are told apart when %s is refused: start and doctor advise on it only', async ([wrong, other]) => {
    const { name, owner, config } = await databaseWithRoles();
    await onPostgres(`GRANT CREATE ON DATABASE ${name} TO ${owner}`);
    const env = {
      ...{ ...KEYS, DATABASE_URL: config.url, DATABASE_DIRECT_URL: config.directUrl },
      ...{ DATABASE_SCHEMA: 'mirror', DATA_DIR: temporaryFolder() },
      [wrong]: Object.assign(new URL(config.url), { username: 'nobody' }).href,
    };
    for (const command of ['start', 'doctor']) {
      const { code, output } = await runToItsEnd(env, { command });
      expect(code).toBe(1);
      expect(output).toMatch(
        new RegExp(`role "nobody" does not exist\\. Check the role in ${wrong} .*machine\\.$`, 'm'),
      );
      expect(output).not.toContain(`in ${other} `);
    }
  });
});
