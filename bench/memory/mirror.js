// A server of its own that mirrors so many orders from a simulated Amazon, and stops now and then to tell, in a line of
// JSON each, how it is: its memory after a garbage collection, how large the database is, how long a page takes to read.
//   node --expose-gc bench/memory/mirror.js AMAZON STEPS      e.g. http://127.0.0.1:1234 2000,20000
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { registerOwner } from '../lib/app-process.js';
import {
  createLogger,
  createSpApi,
  createUsagePlanStore,
  loadConfig,
  openDatabase,
  seedMarketplaces,
  startApp,
  systemClock,
} from '../lib/ordermirror.js';
import { median } from '../lib/rounds.js';
import { createRunner } from '../lib/runner.js';
import { question } from '../read/question.js';

const MARKETPLACES = ['ATVPDKIKX0DER', 'A2EUQ1WTGCTBG2', 'A1AM78C64UM0Y8'];
const PAGES_READ = 20;

const [, , amazon = '', list = ''] = process.argv;
const steps = list.split(',').map(Number);
const logger = createLogger({ level: 'error' });
const config = { ...loadConfig(process.env), role: /** @type {const} */ ('api') };
const database = await openDatabase(config.database);
await seedMarketplaces(database);
const app = await startApp(config, { logger, openDatabase: async () => database });
const authorization = await registerOwner(app.url);
const runner = await createRunner(database, MARKETPLACES);
const spapi = createSpApi({
  endpoint: amazon,
  lwaEndpoint: amazon,
  credential: { clientId: 'id', clientSecret: 'secret', refreshToken: 'Atzr|bench' },
  usagePlans: createUsagePlanStore(database, systemClock),
  clock: systemClock,
  logger,
  version: '0.0.0',
});

let paused = 0;
const startedAt = performance.now();
await runner.run({
  getOrder: (id, watch) => spapi.orders.getOrder(id, watch),
  async *searchOrders(query, watch, from) {
    let seen = 0;
    for await (const page of spapi.orders.searchOrders(query, watch, from)) {
      yield page;
      seen += page.orders.length;
      if (steps.includes(seen)) await tell(seen);
    }
  },
});
console.log(`listens on ${app.url}`);
process.once('SIGTERM', () => process.exit(0));

/** Asked for the page after these, while these are being written: waits until they are in. @param {number} orders */
async function tell(orders) {
  while ((await written()) < orders) await new Promise((resolve) => setTimeout(resolve, 5));
  const stopped = performance.now();
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  const seconds = (stopped - startedAt - paused) / 1_000;
  console.log(JSON.stringify({ orders, seconds, rss, heapUsed, external, disk: await disk(), readMs: await readMs() }));
  paused += performance.now() - stopped;
}

async function written() {
  const [run] = await database.query('SELECT orders_seen AS orders FROM sync_run ORDER BY id DESC LIMIT 1');
  return /** @type {{ orders?: number }} */ (run).orders ?? 0;
}

async function readMs() {
  const headers = { 'content-type': 'application/json', authorization };
  const body = JSON.stringify({ query: question() });
  const times = [];
  for (let count = 0; count < PAGES_READ; count += 1) {
    const at = performance.now();
    const answer = await fetch(`${app.url}/graphql`, { method: 'POST', headers, body });
    await answer.arrayBuffer();
    times.push(performance.now() - at);
  }
  return median(times);
}

/** In bytes, the log of changes included where it is in the folder. */
async function disk() {
  if (config.database.kind === 'postgres') {
    const [size] = await database.query('SELECT pg_database_size(current_database())::float8 AS bytes');
    return /** @type {{ bytes: number }} */ (size).bytes;
  }
  const folder = join(config.database.dataDir ?? '', 'pgdata');
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    files.filter((file) => file.isFile()).map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
