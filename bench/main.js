// The benchmarks, each with its peers and floors beside it in the same run. Prints tables; asserts no times.
//   npm run bench -- --help
import { benchEndToEnd } from './end-to-end/end-to-end.js';
import { parseFlags, WrongFlag } from './flags.js';
import { closeEverything } from './lib/cleanup.js';
import { postgresVersion } from './lib/databases.js';
import { machine } from './lib/machine.js';
import { printTable } from './lib/tables.js';
import { benchMemory } from './memory/memory.js';
import { benchMillion } from './read/million.js';
import { profileRead } from './read/profile.js';
import { benchRead } from './read/read.js';
import { sizesFor } from './sizes.js';
import { benchStart } from './start/start.js';
import { benchWatch } from './watch/watch.js';
import { benchGrowth } from './write/growth.js';
import { benchWrite } from './write/write.js';

/** @typedef {import('./lib/databases.js').Kind} Kind */

/** Whatever hangs, it all ends. With --orders it may take a while. */
const LONGEST_RUN_MS = 30 * 60_000;
const PROFILE_SECONDS = 5;

/** @type {Record<import('./flags.js').Benchmark, (kind: Kind, sizes: import('./sizes.js').Sizes) => Promise<import('./lib/tables.js').Table>>} */
const benchmarks = {
  write: (kind, { write }) => benchWrite(kind, write),
  read: (kind, { read }) => benchRead(kind, read),
  'end-to-end': (kind, { endToEnd }) => benchEndToEnd(kind, endToEnd),
  start: (kind, { start }) => benchStart(kind, start),
  watch: (kind, { watch }) => benchWatch(kind, watch),
  memory: (kind, { endToEnd }) => benchMemory(kind, endToEnd),
  growth: (kind, { endToEnd }) => benchGrowth(kind, endToEnd),
  million: (kind, { million }) => benchMillion(kind, million),
  profile: (kind, { read }) => profileRead(kind, { orders: read.orders, seconds: PROFILE_SECONDS }),
};

/** @param {import('./flags.js').Flags} flags */
async function bench({ only, on, ...size }) {
  const startedAt = performance.now();
  const postgres = on === 'pglite' ? null : await postgresVersion();
  console.log(machine(postgres).join('\n'));
  /** @type {Kind[]} */
  const kinds = [];
  if (postgres !== null) kinds.push('PostgreSQL');
  else if (on !== 'pglite') console.log('No PostgreSQL answers at TEST_DATABASE_URL: PGlite only.');
  if (on !== 'postgres') kinds.push('PGlite');
  for (const name of only) {
    for (const kind of kinds) {
      const { notes = [], ...table } = await benchmarks[name](kind, sizesFor(kind, size));
      printTable({ ...table, notes: kind === kinds.at(-1) ? notes : [] });
    }
  }
  console.log(`\nDone in ${Math.round((performance.now() - startedAt) / 1_000)} s.`);
}

let stopping = false;

/** @param {string} reason @param {number} code */
async function stop(reason, code) {
  stopping = true;
  console.error(`bench: ${reason}`);
  await closeEverything();
  process.exit(code);
}

setTimeout(() => void stop('it took too long', 1), LONGEST_RUN_MS).unref();
process.once('SIGINT', () => void stop('stopped', 130));
process.once('SIGTERM', () => void stop('stopped', 143));
try {
  const flags = parseFlags(process.argv.slice(2));
  if (typeof flags === 'string') console.log(flags);
  else await bench(flags);
} catch (error) {
  // What is cut off in the middle complains.
  if (!stopping) console.error(error instanceof WrongFlag ? `bench: ${error.message}` : error);
  process.exitCode = 1;
} finally {
  await closeEverything();
}
