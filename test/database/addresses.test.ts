import { randomBytes } from 'node:crypto';
import { type AddressInfo, connect, createServer, type ListenOptions } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../src/database/database.js';
import { createDatabase, onPostgres, postgresForTests, postgresUrlOf } from '../helpers/postgres-for-tests.js';
import { KEYS, runToItsEnd, temporaryFolder } from '../helpers/with-process.js';

/** Forwards connections to the tests' PostgreSQL; returns the port. */
async function forward(options: ListenOptions): Promise<number> {
  const { hostname, port } = new URL(postgresUrlOf('postgres'));
  const server = createServer((client) => {
    const target = connect(Number(port || 5432), hostname);
    client.pipe(target).pipe(client);
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const)
      socket.on('error', () => other.destroy());
  });
  await new Promise<void>((resolve) => server.listen(options, resolve));
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  return (server.address() as AddressInfo | null)?.port ?? 0;
}

describe.runIf(await postgresForTests())('an address of PostgreSQL', () => {
  const name = `ordermirror_test_${randomBytes(6).toString('hex')}`;
  const { username, password } = new URL(postgresUrlOf(name));
  const user = `${username || 'postgres'}${password && ':'}${password}`;
  beforeAll(() => createDatabase(name));
  afterAll(() => onPostgres(`DROP DATABASE ${name} WITH (FORCE)`));

  it('may be the folder of a Unix socket, in ?host= or percent-encoded as the host', async () => {
    const folder = temporaryFolder();
    await forward({ path: join(folder, '.s.PGSQL.5544') });
    const byParameter = `postgresql://${user}@/${name}?host=${folder}&port=5544`;
    const byHost = `postgresql://${user}@${encodeURIComponent(folder)}:5544/${name}`;
    for (const url of [byParameter, byHost]) {
      const database = await openDatabase({ kind: 'postgres', url });
      expect(await database.query('SELECT current_database()::text AS name')).toEqual([{ name }]);
      await database.close();
    }
    const env = { ...KEYS, DATABASE_URL: byParameter, DATA_DIR: temporaryFolder() };
    const { output } = await runToItsEnd(env, { command: 'doctor' });
    expect(output).toContain(`${folder}/.s.PGSQL.5544 (${name}), no TLS`);
  });

  it('names the socket that nobody listens at', async () => {
    const url = `postgresql://${user}@/${name}?host=${temporaryFolder()}`;
    await expect(openDatabase({ kind: 'postgres', url })).rejects.toThrow(
      /^PostgreSQL at \/.*\/\.s\.PGSQL\.5432 \(\w+\) can't be used: connect ENOENT .*\. Check that PostgreSQL runs and listens at that socket/,
    );
  });

  const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
  it.runIf(hasIPv6)('may have an IPv6 host', async () => {
    const port = await forward({ host: '::1', port: 0 });
    const database = await openDatabase({ kind: 'postgres', url: `postgresql://${user}@[::1]:${port}/${name}` });
    expect(await database.query('SELECT current_database()::text AS name')).toEqual([{ name }]);
    await database.close();
    await expect(openDatabase({ kind: 'postgres', url: `postgresql://${user}@[::1]:1/${name}` })).rejects.toThrow(
      `PostgreSQL at [::1]:1/${name} can't be used`,
    );
  });
});
