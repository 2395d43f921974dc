import { chmodSync, chownSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StartError } from '../../src/core/errors.js';
import { openDatabase } from '../../src/database/database.js';
import { type PostgresCluster, postgresBinaries, startCluster } from '../helpers/postgres-cluster.js';
import { readinessOf } from '../helpers/readiness.js';
import { KEYS, runToItsEnd, startProcess, temporaryFolder } from '../helpers/with-process.js';

const binaries = postgresBinaries();
describe.runIf(binaries)('a start on a PostgreSQL that is not usable', () => {
  let cluster: PostgresCluster;
  let address: URL;
  beforeAll(async () => {
    cluster = await startCluster(binaries ?? '');
    address = new URL(await cluster.createDatabase('ready'));
    await (await openDatabase({ kind: 'postgres', url: address.href })).close();
  });
  afterAll(() => cluster?.destroy());

  /** The address with another database, role, password or parameter. */
  const urlOf = (database: string, { role = 'postgres', password = '', search = '' } = {}) => {
    const url = new URL(address);
    Object.assign(url, { pathname: `/${database}`, username: role, password, search });
    return url.href;
  };

  /** Returns the error line of a failed start. */
  async function refusal(url: string): Promise<string> {
    const error = await openDatabase({ kind: 'postgres', url }).then(
      (database) => database.close().then(() => null),
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(StartError);
    const { message } = error as StartError;
    expect(message).not.toContain('\n');
    return message;
  }

  it('#53 names the missing right and the statement that grants it', async () => {
    await cluster.query('CREATE ROLE app LOGIN', 'CREATE DATABASE closed');
    expect(await refusal(urlOf('closed', { role: 'app' }))).toMatch(
      /permission denied for schema public\. GRANT USAGE, CREATE ON SCHEMA "public" TO "app"\.$/,
    );
    const env = { ...KEYS, DATA_DIR: temporaryFolder(), SYNC_CRON: 'off', LOG_LEVEL: 'info' };
    const { code, output } = await runToItsEnd({ ...env, DATABASE_URL: urlOf('ready', { role: 'app' }) });
    expect({ code, output }).toEqual({
      code: 1,
      output: expect.stringMatching(
        /^Ordermirror can't start\. .*permission denied for table _prisma_migrations\. GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES .* TO "app".*\.\n$/,
      ),
    });
  });

  it('#53 succeeds with a role that may read and write the tables, but not create any', async () => {
    await cluster.query('CREATE ROLE writer LOGIN');
    const owner = await openDatabase({ kind: 'postgres', url: urlOf('ready') });
    await owner.query('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO writer');
    await owner.close();
    const database = await openDatabase({ kind: 'postgres', url: urlOf('ready', { role: 'writer' }) });
    expect(await database.prisma.user.count()).toBe(0);
    await database.close();
  });

  it('#53 names the remedy for a password, a role, a database and connections', async () => {
    await cluster.query(
      `CREATE ROLE locked LOGIN PASSWORD 'right'`,
      'CREATE ROLE one LOGIN CONNECTION LIMIT 1',
      'CREATE ROLE unwanted LOGIN',
    );
    const rules = join(cluster.data, 'pg_hba.conf');
    const own = 'host all locked 127.0.0.1/32 scram-sha-256\nhost all unwanted 127.0.0.1/32 reject\n';
    writeFileSync(rules, own + readFileSync(rules, 'utf8'));
    await cluster.query('SELECT pg_reload_conf()');
    const wrong = await refusal(urlOf('ready', { role: 'locked', password: 'wrong-one' }));
    expect(wrong).toMatch(/password authentication failed.*Correct the password of the role "locked" in DATABASE_URL/);
    expect(wrong).not.toContain('wrong-one');
    expect(await refusal(urlOf('ready', { role: 'unwanted' }))).toMatch(/pg_hba\.conf/);
    expect(await refusal(urlOf('ready', { role: 'nobody' }))).toMatch(/does not exist.*CREATE ROLE "nobody" LOGIN/);
    expect(await refusal(urlOf('nowhere'))).toMatch(/does not exist\. Create the database: CREATE DATABASE "nowhere"/);
    expect(await refusal(urlOf('ready', { role: 'one' }))).toMatch(
      /too many connections.*13 connections.*ALTER ROLE "one" CONNECTION LIMIT/,
    );
  });

  it('#53 #54 names a standby and a read-only database; readiness is 503 once a database is read-only', async () => {
    const standby = await cluster.startStandby();
    try {
      expect(await refusal(standby.addressOf('ready'))).toMatch(/is a standby, and read-only\. Name the primary/);
    } finally {
      await standby.destroy();
    }
    await cluster.query('CREATE DATABASE archive TEMPLATE ready');
    const database = await openDatabase({ kind: 'postgres', url: urlOf('archive') });
    try {
      expect(await readinessOf(database)).toEqual({ status: 200, database: 'ok' });
      await database.query('ALTER DATABASE archive SET default_transaction_read_only = on');
      await cluster.query(
        `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'archive' AND pid <> pg_backend_pid()`,
      );
      await expect
        .poll(() => readinessOf(database))
        .toEqual({
          status: 503,
          database: 'read-only',
        });
    } finally {
      await database.close();
    }
    expect(await refusal(urlOf('archive'))).toMatch(
      /"archive" .*is read-only.*ALTER DATABASE "archive" SET default_transaction_read_only = off/,
    );
  });

  it("#53 #49 names another application's database, and another program's tables", async () => {
    for (const name of ['of_prisma', 'of_others']) await cluster.createDatabase(name);
    const others = await openDatabase({ kind: 'postgres', url: urlOf('of_prisma') });
    await others.query(`UPDATE _prisma_migrations SET migration_name = 'blog_' || migration_name`);
    await others.close();
    expect(await refusal(urlOf('of_prisma'))).toMatch(/belongs to another application that uses Prisma.*blog_/);
    await cluster.query('CREATE SCHEMA app', 'CREATE TABLE app.users (id int)');
    expect(await refusal(urlOf('postgres', { search: 'schema=app' }))).toMatch(
      /"users" already exists\. Another program has tables there/,
    );
  });

  it.each(['LATIN1', 'SQL_ASCII'])(
    '#56 refuses a database in %s, with the command for one in UTF8',
    async (encoding) => {
      await cluster.query(
        `CREATE DATABASE ${encoding} ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`,
      );
      expect(await refusal(urlOf(encoding.toLowerCase()))).toMatch(
        new RegExp(`has the encoding ${encoding}.*createdb -E UTF8 -T template0`),
      );
    },
  );

  it('#49 refuses a search path or a schema that does not exist', async () => {
    await cluster.query('CREATE ROLE lost LOGIN', 'ALTER ROLE lost SET search_path = nowhere');
    expect(await refusal(urlOf('ready', { role: 'lost' }))).toMatch(
      /none of its search path \(nowhere\).*CREATE SCHEMA/,
    );
    expect(await refusal(urlOf('ready', { search: 'schema=Nowhere' }))).toMatch(
      /CREATE SCHEMA "Nowhere" AUTHORIZATION/,
    );
  });

  it('#55 names the remedies for a certificate of a private authority, each of which works', async () => {
    const key = (name: string) => ['-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`];
    const subject = (name: string) => ['-subj', `/CN=${name}`];
    await cluster.run('openssl', 'req', '-x509', ...key('ca'), ...subject('Own CA'), '-days', '2', '-out', 'ca.crt');
    await cluster.run('openssl', 'req', ...key('data/server'), ...subject('127.0.0.1'), '-out', 'server.csr');
    const names = join(cluster.data, '..', 'names');
    writeFileSync(names, 'subjectAltName = IP:127.0.0.1\n');
    const sign = ['x509', '-req', '-in', 'server.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'];
    await cluster.run('openssl', ...sign, '-days', '2', '-extfile', names, '-out', 'data/server.crt');
    const serverKey = join(cluster.data, 'server.key');
    const { uid, gid } = statSync(cluster.data);
    chmodSync(serverKey, 0o600);
    chownSync(serverKey, uid, gid);
    expect(await refusal(urlOf('ready', { search: 'sslmode=require' }))).toMatch(
      /does not support SSL.*sslmode=disable/,
    );
    await cluster.query('ALTER SYSTEM SET ssl = on', 'SELECT pg_reload_conf()');
    const authority = join(cluster.data, '..', 'ca.crt');

    const DATABASE_URL = urlOf('ready', { search: 'sslmode=require' });
    const env = { ...KEYS, DATA_DIR: temporaryFolder(), SYNC_CRON: 'off', DATABASE_URL };
    const { code, output } = await runToItsEnd(env);
    expect({ code, output }).toEqual({
      code: 1,
      output: expect.stringMatching(
        /^Ordermirror can't start\. .*certificate.*sslrootcert=.*NODE_EXTRA_CA_CERTS.*sslmode=no-verify.*\n$/,
      ),
    });
    const unchecked = await startProcess({ ...env, NODE_TLS_REJECT_UNAUTHORIZED: '0' });
    const lines = unchecked.output().trim().split('\n');
    const warning = {
      level: 'warn',
      err: expect.objectContaining({ message: expect.stringMatching(/^Setting the NODE_TLS/) }),
    };
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(expect.objectContaining(warning));
    expect(await refusal(urlOf('ready', { search: 'sslrootcert=/nowhere.crt' }))).toMatch(/readable files/);
    for (const search of [`sslmode=require&sslrootcert=${authority}`, 'sslmode=no-verify']) {
      const database = await openDatabase({ kind: 'postgres', url: urlOf('ready', { search }) });
      const rows = await database.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
      expect(rows).toEqual([{ ssl: true }]);
      await database.close();
    }
  });
});
