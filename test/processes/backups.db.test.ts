import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { docBlocks } from '../helpers/doc-blocks.js';
import { onPostgres, postgresUrlOf } from '../helpers/postgres-for-tests.js';
import { createTestDatabase, databaseKind } from '../helpers/with-database.js';
import { temporaryFolder } from '../helpers/with-process.js';

const [backUpFolder = '', restoreFolder = '', backUpDatabase = '', restoreDatabase = ''] = docBlocks(
  'docs/operations.md',
  'Backups',
);

/** Runs a documented block in a folder where `pg_dump` without an address would find the tests' own database. */
function run(block: string, cwd: string) {
  const { PATH = '' } = process.env;
  const { hostname, port, username } = new URL(postgresUrlOf('postgres'));
  const env = { PATH, PGHOST: hostname, PGPORT: port || '5432', PGUSER: username, PGDATABASE: 'postgres' };
  const { status, stderr } = spawnSync('sh', ['-c', block], { cwd, env, encoding: 'utf8' });
  return { status, stderr };
}

it.runIf(databaseKind === 'pglite')('#58 the documented commands back up and restore a data folder', () => {
  const cwd = temporaryFolder();
  const file = join(cwd, 'data/pgdata/PG_VERSION');
  mkdirSync(join(cwd, 'data/pgdata'), { recursive: true });
  writeFileSync(file, 'as backed up');
  expect(run(backUpFolder, cwd)).toMatchObject({ status: 0 });
  writeFileSync(file, 'written later');
  expect(run(restoreFolder, cwd)).toMatchObject({ status: 0 });
  expect(readFileSync(file, 'utf8')).toBe('as backed up');
  rmSync(join(cwd, 'data'), { recursive: true });
  expect(run(restoreFolder, cwd)).toMatchObject({ status: 0 });
  expect(readFileSync(file, 'utf8')).toBe('as backed up');
});

it.runIf(databaseKind === 'postgres')(
  '#58 the documented commands back up and restore the database that only .env names, and no other',
  async ({ skip }) => {
    if (spawnSync('pg_dump', ['--version']).status !== 0)
      return skip('pg_dump is not installed: the documented backup commands are not tested on PostgreSQL.');
    const cwd = temporaryFolder();
    const refused = run(backUpDatabase, cwd);
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toContain('is neither in');

    const { config, drop } = await createTestDatabase();
    onTestFinished(drop);
    if (config.kind !== 'postgres') throw new Error('This test is for PostgreSQL.');
    await query(config.url, `INSERT INTO users (email, password_hash, role) VALUES ('backed@up', 'x', 'OWNER')`);
    // As `npm run move` writes it, after an existing line.
    writeFileSync(
      join(cwd, '.env'),
      `DATABASE_URL=postgresql://before/x\nDATABASE_URL='${config.url}'\nJWT_SECRET='x'\n`,
    );
    expect(run(backUpDatabase, cwd)).toMatchObject({ status: 0 });

    const restored = `ordermirror_restored_${process.pid}`;
    onTestFinished(() => onPostgres(`DROP DATABASE IF EXISTS ${restored}`));
    expect(run(restoreDatabase.replaceAll('ordermirror_restored', restored), cwd)).toMatchObject({ status: 0 });
    expect(await query(postgresUrlOf(restored), 'SELECT email FROM users')).toEqual([{ email: 'backed@up' }]);
  },
);

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
