import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDatabase, onPostgres, postgresForTests, postgresUrlOf } from '../helpers/postgres-for-tests.js';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { connectAsOwner, KEYS, runToItsEnd, startProcess, temporaryFolder } from '../helpers/with-process.js';
import { withSimulator } from '../helpers/with-sync.js';

/** A database of somebody, with tables that have the names of ours. */
const SETUP = `
  CREATE TABLE users (id int); INSERT INTO users VALUES (7);
  CREATE TABLE amazon_order (id int); INSERT INTO amazon_order VALUES (8);
  CREATE FUNCTION notify_order_changed() RETURNS int LANGUAGE sql AS 'SELECT 9'`;

describe.runIf(await postgresForTests())('DATABASE_SCHEMA', () => {
  async function somebodysDatabase() {
    const name = `ordermirror_test_${randomBytes(6).toString('hex')}`;
    await createDatabase(name);
    onTestFinished(() => onPostgres(`DROP DATABASE ${name} WITH (FORCE)`));
    const ask = async (text: string, user?: string) => {
      const url = new URL(postgresUrlOf(name));
      if (user) url.username = user;
      const client = new pg.Client(url.href);
      await client.connect();
      return (await client.query(text).finally(() => client.end())).rows;
    };
    await ask(SETUP);
    return { url: postgresUrlOf(name), ask, name };
  }

  it('keeps everything in a schema of its own, which is created, beside the tables that are there', async () => {
    const { url, ask } = await somebodysDatabase();
    const simulator = await withSimulator({ orders: 40, updatedWithinDays: 20 });
    const amazon = { SP_API_ENDPOINT: simulator.url, LWA_ENDPOINT: simulator.url };
    const env = { ...KEYS, DATABASE_URL: url, DATABASE_SCHEMA: 'Mirror_1' };
    const server = await startProcess({ ...env, ...amazon, DATA_DIR: temporaryFolder() });
    await connectAsOwner(server.api, simulator.marketplaceIds);
    expect(await untilRun(server.api, await startRun(server.api), hasEnded)).toMatchObject({ status: 'OK' });

    expect(await ask('SELECT count(*)::int AS orders FROM "Mirror_1".amazon_order')).toEqual([{ orders: 40 }]);
    expect(await ask('SELECT count(*)::int AS orders FROM report.orders')).toEqual([{ orders: 40 }]);
    expect(await ask(`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`)).toEqual([
      { name: 'amazon_order' },
      { name: 'users' },
    ]);
    expect(await ask('SELECT u.id AS user, o.id AS order FROM public.users u, public.amazon_order o')).toEqual([
      { user: 7, order: 8 },
    ]);
    // Also from a session that looks elsewhere, as people's scripts do.
    await ask(`UPDATE "Mirror_1".amazon_order SET order_status = 'CANCELLED' WHERE order_status = 'SHIPPED'`);
    const doctor = await runToItsEnd({ ...env, ...amazon }, { command: 'doctor' });
    expect(doctor).toMatchObject({ code: 0, output: expect.stringMatching(/✔ Migrations +\d+ applied/) });
  });

  it('is where an embedded database is moved to, also if its name needs quotes', async () => {
    const { url, ask } = await somebodysDatabase();
    const DATA_DIR = temporaryFolder();
    const before = await startProcess({ DATA_DIR });
    await connectAsOwner(before.api, ['ATVPDKIKX0DER']);
    before.kill('SIGTERM');
    await before.ended;
    const env = { DATA_DIR, DATABASE_URL: url, DATABASE_SCHEMA: 'Mirror' };
    expect(await runToItsEnd(env, { command: 'move' })).toMatchObject({ code: 0 });
    expect(await ask('SELECT email FROM "Mirror".users')).toEqual([{ email: 'owner@example.com' }]);
    expect(await ask('SELECT id FROM public.users')).toEqual([{ id: 7 }]);
  });

  it('is refused with the statement for an administrator if the role may not create it or its tables, and if its name is invalid', async () => {
    const { url, ask, name } = await somebodysDatabase();
    const role = `${name}_role`;
    await onPostgres(`CREATE ROLE ${role} LOGIN`);
    onTestFinished(async () => {
      await ask(`DROP OWNED BY ${role}`);
      await onPostgres(`DROP ROLE ${role}`);
    });
    const limited = Object.assign(new URL(url), { username: role }).href;
    const env = { ...KEYS, DATA_DIR: temporaryFolder(), DATABASE_SCHEMA: 'mirror' };
    const { code, output } = await runToItsEnd({ ...env, DATABASE_URL: limited });
    expect(code).toBe(1);
    expect(output).toContain('"mirror", which DATABASE_SCHEMA names, does not exist or may not be used');
    expect(output).toContain(`CREATE SCHEMA "mirror" AUTHORIZATION "${role}"`);
    await ask(`CREATE SCHEMA "Mirror"; GRANT USAGE ON SCHEMA "Mirror" TO ${role}`);
    const readOnly = await runToItsEnd({ ...env, DATABASE_SCHEMA: 'Mirror', DATABASE_URL: limited });
    expect(readOnly.output).toContain(`GRANT USAGE, CREATE ON SCHEMA "Mirror" TO "${role}".`);
    const invalid = await runToItsEnd({ ...env, DATABASE_URL: url, DATABASE_SCHEMA: 'pg_mine' });
    expect(invalid).toMatchObject({
      code: 1,
      output: expect.stringContaining('DATABASE_SCHEMA is not valid: "pg_mine"'),
    });
  });
});
