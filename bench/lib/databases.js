import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { atTheEnd } from './cleanup.js';
import { openDatabase } from './ordermirror.js';

/** @typedef {'PGlite' | 'PostgreSQL'} Kind */

/**
 * @typedef {object} BenchDatabase a migrated database of its own
 * @property {Kind} kind
 * @property {import('../../src/database/database.js').DatabaseConfig} config
 * @property {Record<string, string>} environment what `dist/ordermirror.js` is told to be on it
 * @property {() => Promise<import('../../src/database/database.js').Database>} open
 * @property {() => Promise<import('../../src/database/database.js').Database>} openPatiently for statements that take minutes
 * @property {() => Promise<void>} drop after everything on it is closed
 */

const SERVER = process.env.TEST_DATABASE_URL ?? 'postgresql://postgres@127.0.0.1:5432/postgres';
const LONGEST_STATEMENT_MS = 10 * 60_000;
const SECRETS = {
  JWT_SECRET: 'a secret of the benchmarks, long enough',
  ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
};

/** The version of the PostgreSQL that answers at TEST_DATABASE_URL; null where none does. */
export async function postgresVersion() {
  try {
    const rows = await onServer('SHOW server_version');
    return String(rows[0]?.server_version).split(' ', 1)[0] ?? null;
  } catch {
    return null;
  }
}

/**
 * @param {Kind} kind
 * @returns {Promise<BenchDatabase>}
 */
export async function createDatabase(kind) {
  return kind === 'PGlite' ? inFolder(await copyOf(await template())) : onPostgres();
}

/**
 * Another database that holds the same. Nothing may be open on the first.
 * @param {BenchDatabase} database
 * @returns {Promise<BenchDatabase>}
 */
export async function copyDatabase({ config }) {
  return config.kind === 'pglite'
    ? inFolder(await copyOf(config.dataDir ?? ''))
    : onPostgres(`TEMPLATE "${new URL(config.url).pathname.slice(1)}"`);
}

/** @returns {Promise<BenchDatabase>} */
async function onPostgres(copy = '') {
  const name = `ordermirror_bench_${randomBytes(6).toString('hex')}`;
  await onServer(`CREATE DATABASE ${name} ${copy}`);
  const drop = atTheEnd(() => onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  const url = Object.assign(new URL(SERVER), { pathname: `/${name}` }).href;
  /** @type {BenchDatabase['config']} */
  const config = { kind: 'postgres', url };
  if (!copy) await (await openDatabase(config)).close();
  const environment = { ...SECRETS, DATABASE_URL: url, PORT: '0', SYNC_CRON: 'off' };
  const patient = { ...config, url: `${url}?query_timeout=${LONGEST_STATEMENT_MS}` };
  const opened = { open: () => openDatabase(config), openPatiently: () => openDatabase(patient) };
  return { kind: 'PostgreSQL', config, environment, ...opened, drop };
}

/** @type {Promise<string> | undefined} */
let made;

/** An empty mirror, made once: initdb takes seconds. */
function template() {
  made ??= (async () => {
    const folder = await temporaryFolder();
    await (await openDatabase({ kind: 'pglite', dataDir: folder })).close();
    return folder;
  })();
  return made;
}

/** @param {string} folder */
async function copyOf(folder) {
  const copy = await temporaryFolder();
  await cp(join(folder, 'pgdata'), join(copy, 'pgdata'), { recursive: true });
  return copy;
}

/**
 * @param {string} dataDir
 * @returns {BenchDatabase}
 */
function inFolder(dataDir) {
  /** @type {BenchDatabase['config']} */
  const config = { kind: 'pglite', dataDir };
  const environment = { ...SECRETS, DATA_DIR: dataDir, PORT: '0', SYNC_CRON: 'off' };
  const drop = () => rm(dataDir, { recursive: true, force: true });
  const open = () => openDatabase(config);
  return { kind: 'PGlite', config, environment, open, openPatiently: open, drop };
}

/** Gone at the end. */
async function temporaryFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'ordermirror-bench-'));
  atTheEnd(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** @param {string} statement */
async function onServer(statement) {
  const client = new pg.Client({ connectionString: SERVER, connectionTimeoutMillis: 3_000 });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}
