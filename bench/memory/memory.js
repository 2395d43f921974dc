import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { pathOf, startServer } from '../lib/children.js';
import { atTheEnd } from '../lib/cleanup.js';
import { createDatabase } from '../lib/databases.js';
import { ms, number } from '../lib/tables.js';

const STEPS = [2_000, 20_000, 100_000, 200_000, 500_000, 1_000_000];

/** @typedef {{ orders: number, seconds: number, rss: number, heapUsed: number, external: number, disk: number, readMs: number }} State */

/**
 * What a first sync takes, in one process from an empty mirror on: memory, disk, time, and what reading a page costs then.
 * @param {import('../lib/databases.js').Kind} kind
 * @param {{ orders: number }} size
 * @returns {Promise<import('../lib/tables.js').Table>}
 */
export async function benchMemory(kind, { orders }) {
  const simulator = await startServer('bench/end-to-end/simulator.js', { args: [String(orders)] });
  const own = await createDatabase(kind);
  const states = await mirror(simulator.url, own.environment, orders);
  await own.drop();
  await simulator.stop();
  const [first] = states;
  const mb = (/** @type {number} */ bytes) => `${number(bytes / 1e6)} MB`;
  return {
    title: `Memory, ${kind}: a first sync of ${number(orders)} orders, one process`,
    columns: [
      'orders',
      'RSS',
      'more than at the first',
      'heap',
      'on disk',
      'seconds so far',
      'orders/s since',
      'a page read, ms',
    ],
    rows: states.map((state, place) => {
      const before = states[place - 1] ?? { orders: 0, seconds: 0 };
      return [
        number(state.orders),
        mb(state.rss),
        mb(state.rss - (first?.rss ?? 0)),
        mb(state.heapUsed),
        mb(state.disk),
        ms(state.seconds),
        number((state.orders - before.orders) / (state.seconds - before.seconds)),
        ms(state.readMs),
      ];
    }),
    notes: [
      'The whole server with its engine, Amazon simulated in another process; RSS and heap after a garbage collection, in a pause of the run.',
      'A page read: 50 orders with their items over HTTP, the median of 20, nothing else going on.',
    ],
  };
}

/**
 * @param {string} amazon @param {Record<string, string>} env @param {number} orders
 * @returns {Promise<State[]>}
 */
async function mirror(amazon, env, orders) {
  const steps = STEPS.filter((step) => step <= orders);
  const args = ['--expose-gc', pathOf('bench/memory/mirror.js'), amazon, steps.join(',')];
  const child = spawn(process.execPath, args, {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const stop = atTheEnd(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  /** @type {State[]} */
  const states = [];
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('{"orders"')) states.push(JSON.parse(line));
    if (states.length === steps.length) break;
  }
  await stop();
  if (states.length < steps.length) throw new Error('The mirror ended before all was in.');
  return states;
}
