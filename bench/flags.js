import { parseArgs } from 'node:util';

const BENCHMARKS = /** @type {const} */ ([
  'write',
  'read',
  'end-to-end',
  'start',
  'watch',
  'memory',
  'growth',
  'profile',
  'million',
]);
/** Told without a stack. */
export class WrongFlag extends Error {}

const USAGE = `Usage: npm run bench -- [flags]
  --only write,read     which of write, read, end-to-end, start, watch (default: these); or memory (and disk, of a
                        first sync), growth (of the time that a page takes to write), profile (of the processor's time
                        while pages are read), million (lists, searches, counts and sales of a million orders; PGlite:
                        of a hundred thousand)
  --on pglite           one database only: pglite or postgres (default: both, where TEST_DATABASE_URL answers)
  --orders 200000       how many orders all but start and watch work on, from 10000
  --subscribers 2000    how many clients watch has
  --quick               small and once: to see that everything runs
  --help`;

/** @typedef {(typeof BENCHMARKS)[number]} Benchmark */
/** @typedef {{ only: readonly Benchmark[], on: 'pglite' | 'postgres' | null, orders: number | null, subscribers: number | null, quick: boolean }} Flags */

/**
 * @param {readonly string[]} args
 * @returns {Flags | string} what to print in place of benchmarks
 */
export function parseFlags(args) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: 'write,read,end-to-end,start,watch' },
      on: { type: 'string' },
      orders: { type: 'string' },
      subscribers: { type: 'string' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return USAGE;
  const only = values.only.split(',').map((name) => oneOf(name.trim(), BENCHMARKS, '--only'));
  const on = values.on === undefined ? null : oneOf(values.on, /** @type {const} */ (['pglite', 'postgres']), '--on');
  const orders = values.orders === undefined ? null : Number(values.orders);
  // Page 200 has to be there.
  if (orders !== null && !(Number.isInteger(orders) && orders >= 10_000 && orders <= 2_000_000)) {
    throw new WrongFlag(`--orders should be a whole number from 10000 to 2000000, not "${values.orders}"`);
  }
  const subscribers = values.subscribers === undefined ? null : Number(values.subscribers);
  if (subscribers !== null && !(Number.isInteger(subscribers) && subscribers >= 1 && subscribers <= 10_000)) {
    throw new WrongFlag(`--subscribers should be a whole number from 1 to 10000, not "${values.subscribers}"`);
  }
  return { only, on, orders, subscribers, quick: values.quick };
}

/** @template {string} T @param {string} value @param {readonly T[]} valid @param {string} flag @returns {T} */
function oneOf(value, valid, flag) {
  const found = valid.find((one) => one === value);
  if (found === undefined) throw new WrongFlag(`${flag} takes ${valid.join(', ')}, not "${value}"`);
  return found;
}
