import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { atTheEnd } from './cleanup.js';
import { loadConfig, startApp } from './ordermirror.js';

/** @typedef {'PostgreSQL' | 'PGlite'} Kind */

const SERVER = process.env.TEST_DATABASE_URL ?? 'postgresql://postgres@127.0.0.1:5432/postgres';
export const JWT_SECRET = 'a secret of the benchmarks, long enough';
const SETTINGS = {
  JWT_SECRET,
  ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
  PORT: '0',
  SYNC_CRON: 'off',
  HISTORY: 'off',
};

/** Returns the version of the PostgreSQL server at TEST_DATABASE_URL; null if none answers. */
export async function postgresVersion() {
  const [row] = await onServer('SHOW server_version').catch(() => []);
  return row ? String(row.server_version).split(' ', 1)[0] : null;
}

/** Creates an empty mirror: migrated, with its marketplaces. `environment`: variables of a server on it. */
export async function createDatabase(/** @type {Kind} */ kind) {
  const place = kind === 'PGlite' ? { DATA_DIR: await temporaryFolder() } : { DATABASE_URL: await newDatabaseUrl() };
  const environment = { ...SETTINGS, ...place };
  const config = loadConfig({ ...environment, LOG_LEVEL: 'error' });
  await (await startApp(config)).stop();
  return { config, environment };
}

async function newDatabaseUrl() {
  const name = `ordermirror_bench_${randomBytes(6).toString('hex')}`;
  await onServer(`CREATE DATABASE ${name}`);
  atTheEnd(() => onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  return Object.assign(new URL(SERVER), { pathname: `/${name}` }).href;
}

export async function temporaryFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'ordermirror-bench-'));
  atTheEnd(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function onServer(statement) {
  const client = new pg.Client({ connectionString: SERVER, connectionTimeoutMillis: 3_000 });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}
