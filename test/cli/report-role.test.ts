import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Database, openDatabase } from '../../src/database/database.js';
import { ensureReportViews } from '../../src/database/report-views.js';
import { type PostgresCluster, postgresBinaries, startCluster } from '../helpers/postgres-cluster.js';
import { KEYS, runToItsEnd, startProcess, temporaryFolder } from '../helpers/with-process.js';

const VIEWS = ['order_items', 'order_items_v0', 'orders', 'orders_v0', 'sales_by_day'];

const binaries = postgresBinaries();
describe.runIf(binaries)('the SQL views and their roles', () => {
  let cluster: PostgresCluster;
  let url: string;
  let owner: Database;
  beforeAll(async () => {
    cluster = await startCluster(binaries ?? '');
    const rules = join(cluster.data, 'pg_hba.conf');
    writeFileSync(rules, `host all dash,grafana 127.0.0.1/32 scram-sha-256\n${readFileSync(rules, 'utf8')}`);
    await cluster.query('SELECT pg_reload_conf()');
    url = await cluster.createDatabase('mirror');
    owner = await openDatabase({ kind: 'postgres', url });
  });
  afterAll(async () => {
    await owner?.close();
    await cluster?.destroy();
  });

  const urlAs = (role: string, database = 'mirror', password = '') =>
    Object.assign(new URL(url), { username: role, password, pathname: `/${database}` }).href;

  async function connect(role: string, password: string): Promise<pg.Client> {
    const client = new pg.Client(urlAs(role, 'mirror', password));
    await client.connect();
    onTestFinished(() => client.end());
    return client;
  }

  function reportRole(args: readonly string[], { input = '', DATABASE_URL = url } = {}) {
    return runToItsEnd({ DATABASE_URL }, { command: 'report-role', args, input });
  }

  const passwordIn = (output: string) => /^ +Password +(\S+)$/m.exec(output)?.[1] ?? '';
  const refusal = async (client: pg.Client, text: string) =>
    client.query(text).then(
      () => 'no error',
      (error: Error) => error.message,
    );

  it('let a new role log in with the printed password, read the views, and nothing else', async () => {
    const { code, output } = await reportRole(['dash']);
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('Created the role dash') });
    expect(output).toMatch(/Host +127\.0\.0\.1\n +Port +\d+\n +Database +mirror\n +Schema +report\n +User +dash\n/);
    await expect(connect('dash', 'wrong')).rejects.toThrow(/password authentication failed/);
    const client = await connect('dash', passwordIn(output));

    for (const view of VIEWS) expect((await client.query(`SELECT * FROM ${view}`)).rows).toEqual([]);
    const settings = ['statement_timeout', 'default_transaction_read_only'];
    for (const [index, value] of ['1min', 'on'].entries())
      expect(Object.values((await client.query(`SHOW ${settings[index]}`)).rows[0])).toEqual([value]);
    const tables = await owner.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    expect(tables.length).toBeGreaterThan(10);
    await client.query('SET default_transaction_read_only = off');
    for (const { name } of tables)
      for (const text of [`SELECT FROM public.${name}`, `DELETE FROM public.${name}`])
        expect(await refusal(client, text)).toBe(`permission denied for table ${name}`);
    expect(await refusal(client, 'DELETE FROM report.orders_v0')).toMatch(/cannot delete|permission denied/);
    expect(await refusal(client, 'CREATE TABLE report.mine ()')).toBe('permission denied for schema report');
    expect(await refusal(client, 'SELECT public.create_report_views()')).toMatch(/permission denied/);

    await owner.query('CREATE VIEW report.of_a_later_version AS SELECT 1 AS one');
    expect((await client.query('SELECT * FROM of_a_later_version')).rows).toEqual([{ one: 1 }]);
    await owner.query('DROP VIEW report.of_a_later_version');
  });

  it('give a role another password, and drop it with the rights of its open sessions', async () => {
    const old = passwordIn((await reportRole(['grafana'])).output);
    const { output } = await reportRole(['grafana', '--password-stdin'], { input: 'my own password\n' });
    expect(output).toContain('Set a new password for the role grafana');
    expect(output).not.toContain('my own');
    await expect(connect('grafana', old)).rejects.toThrow(/password authentication failed/);
    const client = await connect('grafana', 'my own password');
    await client.query('SELECT FROM orders');

    expect(await reportRole(['--drop', 'grafana'])).toMatchObject({ code: 0 });
    expect(await refusal(client, 'SELECT FROM report.orders')).toBe('permission denied for schema report');
    expect(await owner.query(`SELECT FROM pg_roles WHERE rolname = 'grafana'`)).toEqual([]);
    expect((await reportRole(['--drop', 'grafana'])).output).toContain('There is no role grafana.');
  });

  it('change no role that the command did not create', async () => {
    for (const args of [['postgres'], ['--drop', 'postgres']])
      expect(await reportRole(args)).toEqual({
        code: 1,
        output: expect.stringContaining('postgres was not created by this program, and stays as it is'),
      });
  });

  it('need no right to create roles: an administrator can run the printed statements', async () => {
    await cluster.query('CREATE ROLE app LOGIN', 'CREATE DATABASE shared OWNER app');
    const DATABASE_URL = urlAs('app', 'shared');
    await (await openDatabase({ kind: 'postgres', url: DATABASE_URL })).close();
    const { code, output } = await reportRole(['by_admin'], { DATABASE_URL });
    expect(code).toBe(1);
    expect(output).toContain('permission denied to create role. Let an administrator run the statements above.');
    const statements = output.split('\n').filter((line) => line.endsWith(';'));
    expect(statements.join('\n')).not.toContain(passwordIn(output));

    const admin = new pg.Client(urlAs('postgres', 'shared'));
    await admin.connect();
    for (const statement of statements) await admin.query(statement);
    await admin.query('SET ROLE by_admin');
    expect((await admin.query('SELECT * FROM report.orders')).rows).toEqual([]);
    await admin.end();
  });

  it('are refused on the embedded database, and with a name that SQL would have to quote', async () => {
    const { code, output } = await runToItsEnd({}, { command: 'report-role', args: ['dash'] });
    expect({ code, output }).toEqual({ code: 1, output: expect.stringMatching(/embedded database.*ordermirror move/) });
    for (const name of ['pg_reader', 'Upper'])
      expect((await reportRole([name])).output).toContain("can't be the name of the role");
    expect((await reportRole([])).output).toContain("missing required argument 'name'");
    expect((await reportRole(['--drpo', 'a'])).output).toContain("unknown option '--drpo'");
  });

  describe('where the role may not create schemas,', () => {
    it('leave the server running with a warning, until an administrator creates the schema', async () => {
      await cluster.query('CREATE ROLE limited LOGIN', 'CREATE DATABASE managed');
      const admin = new pg.Client(urlAs('postgres', 'managed'));
      await admin.connect();
      await admin.query('GRANT USAGE, CREATE ON SCHEMA public TO limited');
      const DATABASE_URL = urlAs('limited', 'managed');
      const server = await startProcess({ ...KEYS, DATA_DIR: temporaryFolder(), DATABASE_URL });
      expect(server.output()).toMatch(
        /The views for SQL \(schema report\) are missing: permission denied for database managed\. Let an administrator run: CREATE SCHEMA report AUTHORIZATION limited\./,
      );
      await admin.query('CREATE SCHEMA report AUTHORIZATION limited');
      await admin.end();
      const database = await openDatabase({ kind: 'postgres', url: DATABASE_URL });
      expect(await ensureReportViews(database)).toBeNull();
      expect(await database.query('SELECT FROM report.orders')).toEqual([]);
      await database.close();
    });
  });

  describe('of a schema report with other content', () => {
    it("stay away from a user's own view or table", async () => {
      const address = await cluster.createDatabase('taken');
      const admin = new pg.Client(address);
      await admin.connect();
      await admin.query(
        'CREATE SCHEMA report; CREATE TABLE report.orders (mine int); INSERT INTO report.orders VALUES (7)',
      );
      const database = await openDatabase({ kind: 'postgres', url: address });
      expect(await ensureReportViews(database)).toMatch(/"orders" is not a view\. Rename the schema that is there/);
      await database.close();
      expect((await admin.query('SELECT * FROM report.orders')).rows).toEqual([{ mine: 7 }]);
      await admin.end();
    });

    it('stay those of the first of two installations in a database', async () => {
      const address = await cluster.createDatabase('two');
      const first = await openDatabase({ kind: 'postgres', url: address });
      await first.query('CREATE SCHEMA second');
      const second = await openDatabase({ kind: 'postgres', url: `${address}?schema=second` });
      expect(await ensureReportViews(second)).toMatch(/those of another Ordermirror in this database/);
      expect(await ensureReportViews(first)).toBeNull();
      await first.close();
      await second.close();
    });
  });
});
