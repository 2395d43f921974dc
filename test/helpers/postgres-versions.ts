import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from './postgres-cluster.js';
import { testPostgresUrl } from './postgres-for-tests.js';

const run = promisify(execFile);

/** A server that tests start besides the one at TEST_DATABASE_URL. */
export interface PostgresVersion {
  readonly major: string;
  /** The folder of its programs. */
  readonly binaries: string;
  readonly url: string;
}

/**
 * The servers of other major versions than the one at TEST_DATABASE_URL, of which TEST_POSTGRES_BINARIES names the folders of
 * programs (`.ci/run` installs them). Prints a line if there are none.
 */
export async function otherPostgresVersions(): Promise<PostgresVersion[]> {
  const folders = (process.env.TEST_POSTGRES_BINARIES ?? '').split(',').filter(Boolean);
  if (folders.length === 0) {
    process.stderr.write('TEST_POSTGRES_BINARIES names no other versions of PostgreSQL: they are not tested.\n');
    return [];
  }
  const own = await majorOfServer();
  const versions = await Promise.all(
    folders.map(async (binaries) => {
      const { stdout } = await run(join(binaries, 'postgres'), ['--version']);
      const major = /\d+/.exec(stdout)?.[0] ?? '';
      return { major, binaries, url: `postgresql://postgres@127.0.0.1:${await freePort()}/postgres` };
    }),
  );
  return versions.filter(({ major }) => major !== own);
}

async function majorOfServer(): Promise<string | undefined> {
  const client = new pg.Client(testPostgresUrl);
  await client.connect();
  const { rows } = await client.query<{ version: string }>(`SELECT current_setting('server_version') AS version`);
  await client.end();
  return /\d+/.exec(rows[0]?.version ?? '')?.[0];
}
