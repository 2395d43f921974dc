// The benchmarks, each with its peer or floor measured in the same run. Prints tables; asserts no times.
//   npm run bench -- --help
import { createRequire } from 'node:module';
import { cpus, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { benchEndToEnd } from './end-to-end.js';
import { benchExport } from './export.js';
import { benchHistory } from './history.js';
import { closeEverything } from './lib/cleanup.js';
import { postgresVersion } from './lib/databases.js';
import { number, printTable } from './lib/measure.js';
import { benchPage } from './page.js';
import { benchPooler } from './read/pooler.js';
import { benchRead } from './read/read.js';
import { benchSales } from './read/sales.js';
import { benchStart } from './start.js';
import { benchTenMillion } from './ten-million.js';
import { benchFollowers } from './watch/followers.js';
import { benchNotifications } from './watch/notifications.js';
import { benchWatch } from './watch/watch.js';
import { benchWebhooks } from './watch/webhooks.js';
import { benchWrite } from './write/write.js';

/** @typedef {{ orders: number | null, subscribers: number | null, users: number, quick: boolean }} Size */
/** @typedef {(kind: import('./lib/databases.js').Kind, size: Size) => Promise<import('./lib/measure.js').Table | null>} Benchmark */

/** @type {Record<string, Benchmark>} */
const BENCHMARKS = {
  write: benchWrite,
  read: benchRead,
  pooler: benchPooler,
  export: benchExport,
  sales: benchSales,
  history: benchHistory,
  'end-to-end': benchEndToEnd,
  start: benchStart,
  watch: benchWatch,
  followers: benchFollowers,
  notifications: benchNotifications,
  webhooks: benchWebhooks,
  page: benchPage,
};
const USUAL = Object.keys(BENCHMARKS).join();
/** Takes an hour or more: only by its name. */
BENCHMARKS['ten-million'] = benchTenMillion;
const NAMES = Object.keys(BENCHMARKS).join();
const USAGE = `Usage: npm run bench -- [flags]
  --only write,read     which of ${NAMES} (default: all but ten-million)
  --on pglite           one database only: pglite or postgres (default: both, if PostgreSQL answers at TEST_DATABASE_URL)
  --orders 200000       orders that write, read, export, history and end-to-end work on, from 10000; of ten-million (10000000)
  --subscribers 2000    clients of watch, and of followers (500)
  --users 1             users that these clients belong to, in equal shares
  --quick               small and once, to see that everything runs; the figures mean nothing
  --help
BENCH_NODE names a Node 22 or later for PostGraphile 5, the peer of read, if this Node is older.
BENCH_POOLER_URL is the address of a pooler before PostgreSQL, for pooler.`;

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stop(signal));
setTimeout(() => void stop('stopped after four hours'), 4 * 60 * 60_000).unref();
try {
  await bench(parseFlags());
} catch (error) {
  console.error(error instanceof RangeError ? `bench: ${error.message}` : error);
  process.exitCode = 1;
} finally {
  await closeEverything();
}

async function stop(reason) {
  console.error(`bench: ${reason}`);
  await closeEverything();
  process.exit(1);
}

async function bench({ help, only, on, size }) {
  if (help) return console.log(USAGE);
  const startedAt = performance.now();
  const postgres = on === 'pglite' ? null : await postgresVersion();
  if (on === 'postgres' && !postgres) throw new RangeError('no PostgreSQL answers at TEST_DATABASE_URL');
  const { version: pglite } = createRequire(import.meta.url)('../node_modules/@electric-sql/pglite/package.json');
  const memory = `${cpus().length} cores, ${number(totalmem() / 2 ** 30)} GB`;
  console.log(`${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model.trim()}, ${memory}
Node ${process.versions.node}, PostgreSQL ${postgres ?? '–'}, PGlite ${pglite}
Load average before the start: ${loadavg()[0]?.toFixed(1)}. Other load changes all figures: compare the ratios.`);
  for (const name of only)
    for (const kind of /** @type {const} */ (['PostgreSQL', 'PGlite'])) {
      if (kind === 'PostgreSQL' ? !postgres : on === 'postgres') continue;
      const table = await BENCHMARKS[name]?.(kind, size);
      if (table) printTable(table);
      await closeEverything();
    }
  console.log(`\nDone in ${number((performance.now() - startedAt) / 1_000)} s.`);
}

function parseFlags() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: USUAL },
      on: { type: 'string' },
      orders: { type: 'string' },
      subscribers: { type: 'string' },
      users: { type: 'string' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const only = values.only.split(',');
  for (const name of only) if (!BENCHMARKS[name]) throw new RangeError(`--only takes ${NAMES}, not "${name}"`);
  if (!['postgres', 'pglite', undefined].includes(values.on)) throw new RangeError('--on takes pglite or postgres');
  const whole = (/** @type {'orders' | 'subscribers' | 'users'} */ name, min = 1, max = 10_000) => {
    if (values[name] === undefined) return null;
    const value = Number(values[name]);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw new RangeError(`--${name} takes a whole number from ${min} to ${max}, not "${values[name]}"`);
  };
  const orders = whole('orders', 10_000, 20_000_000);
  const size = { orders, subscribers: whole('subscribers'), users: whole('users') ?? 1, quick: values.quick };
  return { help: values.help, only, on: values.on, size };
}
