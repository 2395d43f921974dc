// Keeps a database as a version leaves it, for the test that later versions upgrade it: run this at each release.
//   npm run build && node scripts/dump-release.mjs [NAME] [PROGRAM ...]
// Writes test/upgrades/NAME (default: the version): database.sql.gz, and answers.json.gz, what the API answers from it.
// PROGRAM is the server of that version (default: node dist/ordermirror.js start). Needs pg_dump, and a PostgreSQL at
// TEST_DATABASE_URL. The orders are the simulator's.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import pg from 'pg';

const root = join(import.meta.dirname, '..');
const load = (module) => import(join(root, 'dist', `${module}.js`));
const { startSimulator } = await load('simulator/simulator');
const { createApiClient } = await load('cli/demo/api-client');

/** What later versions answer too: by the contract, these fields stay. */
const QUESTIONS = {
  orders: `{ orders(first: 100, orderBy: { field: PURCHASE_DATE, direction: ASC }) { totalCount nodes {
    id amazonOrderId marketplaceId purchaseDate lastUpdateDate orderStatus fulfilledBy orderTotal { amount currencyCode }
    rawPayload items { id orderItemId sellerSku asin title quantityOrdered itemPrice { amount currencyCode } } } } }`,
  sales: `{ salesByDay(from: "2020-01-01", to: "2029-12-31") { date currencyCode orders units revenue } }`,
  account: `{ me { id email role } connection { id status region sellerIdentifier hasRefreshToken credentialNote
    marketplaces { marketplaceId name } lastOrdersSyncAt lastOrdersSyncStatus lastOrdersSyncOrdersCount } }`,
};
const OWNER = { email: 'owner@example.com', password: 'a long enough password' };
const SECRETS = {
  JWT_SECRET: 'a secret of the dumps, long enough',
  ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
};
const ORDERS = 60;

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const [name = version, ...program] = process.argv.slice(2);
const [command, ...args] =
  program.length > 0 ? program : [process.execPath, join(root, 'dist/ordermirror.js'), 'start'];
const server = new URL(process.env.TEST_DATABASE_URL ?? 'postgresql://postgres@127.0.0.1:5432/postgres');
const database = `ordermirror_dump_${process.pid}`;
const address = Object.assign(new URL(server), { pathname: `/${database}` }).href;
const folder = mkdtempSync(join(tmpdir(), 'ordermirror-dump-'));

const simulator = await startSimulator({ orders: ORDERS, seed: 18, settled: true, updatedWithinDays: 20 });
await onServer(`CREATE DATABASE ${database}`);
try {
  const answers = await withServer(async (api) => {
    await fill(api);
    const entries = Object.entries(QUESTIONS);
    return Promise.all(entries.map(async ([about, query]) => ({ about, query, answer: await api.request(query) })));
  });
  const dump = execFileSync(
    'pg_dump',
    ['--inserts', '--rows-per-insert=100', '--no-owner', '--no-privileges', address],
    {
      encoding: 'utf8',
      maxBuffer: 1e9,
    },
  );
  // What psql alone understands, and comments.
  const sql = dump.replace(/^(\\|--).*\n/gm, '').replace(/\n{2,}/g, '\n');
  const target = join(root, 'test/upgrades', name);
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'database.sql.gz'), gzipSync(sql, { level: 9 }));
  const record = { version, owner: OWNER, secrets: SECRETS, orders: ORDERS, answers };
  writeFileSync(join(target, 'answers.json.gz'), gzipSync(JSON.stringify(record), { level: 9 }));
  console.log(`Written to ${target}.`);
} finally {
  await onServer(`DROP DATABASE ${database} WITH (FORCE)`);
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Makes an owner, a connection and a mirror of the simulator's orders. */
async function fill(api) {
  const { register } = await api.request(
    'mutation ($email: String!, $password: String!) { register(email: $email, password: $password) { token } }',
    OWNER,
  );
  api.signIn(register.token);
  await api.request('mutation ($input: SaveConnectionInput!) { saveConnection(input: $input) { id } }', {
    input: { region: 'NA', marketplaceIds: simulator.marketplaceIds },
  });
  await api.request('mutation ($input: SaveCredentialInput!) { saveCredential(input: $input) { id } }', {
    input: { refreshToken: 'Atzr|dump', lwaClientId: 'id', lwaClientSecret: 'secret', note: 'of the dump' },
  });
  const { syncOrders } = await api.request('mutation { syncOrders(includeItems: true) { id } }');
  const progress = 'subscription ($id: ID) { syncProgress(runId: $id) { status error } }';
  for await (const { syncProgress } of api.subscribe(progress, { id: syncOrders.id })) {
    if (syncProgress.status === 'OK') return;
    if (syncProgress.status !== 'RUNNING')
      throw new Error(`The run ended as ${syncProgress.status}: ${syncProgress.error}`);
  }
}

async function withServer(work) {
  const env = { PATH: process.env.PATH, PORT: '0', SYNC_CRON: 'off', HISTORY: 'off', DATA_DIR: folder, ...SECRETS };
  Object.assign(env, { DATABASE_URL: address, SP_API_ENDPOINT: simulator.url, LWA_ENDPOINT: simulator.url });
  const child = spawn(command, args, { env, cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    return await work(createApiClient(await addressOf(child)));
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

async function addressOf({ stdout }) {
  let printed = '';
  for await (const text of stdout.setEncoding('utf8')) {
    printed += text;
    const found = /listens on (http:\/\/[\w.:[\]]+)/.exec(printed);
    if (!found) continue;
    stdout.resume();
    return found[1];
  }
  throw new Error(`The server did not start:\n${printed}`);
}

async function onServer(statement) {
  const client = new pg.Client(server.href);
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
