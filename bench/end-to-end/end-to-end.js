import { startServer } from '../lib/children.js';
import { createDatabase } from '../lib/databases.js';
import { createUsagePlanStore, seedMarketplaces, systemClock } from '../lib/ordermirror.js';
import { alternate, median, ratio, secondsOf } from '../lib/rounds.js';
import { createRunner, emptyMirror, sourceInMemory } from '../lib/runner.js';
import { factor, number, spread } from '../lib/tables.js';
import { MARKETPLACES, readAll, spApiOf } from './reading.js';

/**
 * From a simulated Amazon, in a process of its own, through the SP-API client and the engine into an empty mirror;
 * either half of the way alone; and both halves at once, but in two processes that don't wait for each other.
 * @param {import('../lib/databases.js').Kind} kind
 * @param {import('../sizes.js').Sizes['endToEnd']} size
 * @returns {Promise<import('../lib/tables.js').Table>}
 */
export async function benchEndToEnd(kind, { orders, ...bounds }) {
  const simulator = await startServer('bench/end-to-end/simulator.js', { args: [String(orders)] });
  const reader = await startServer('bench/end-to-end/reader.js', { args: [simulator.url] });
  const own = await createDatabase(kind);
  const database = await own.open();
  await seedMarketplaces(database);
  const runner = await createRunner(database, MARKETPLACES);
  const spapi = spApiOf(simulator.url, createUsagePlanStore(database, systemClock));
  const pages = await readAll(spapi.orders, true);
  const inMemory = sourceInMemory(pages.map((page) => page.orders));

  const rates = await alternate(bounds, [
    async () => ({ read: orders / (await secondsOf(() => readAll(spapi.orders))) }),
    async () => {
      await emptyMirror(database);
      return { write: orders / (await runner.run(inMemory)) };
    },
    async () => {
      await emptyMirror(database);
      const reading = secondsOf(async () => {
        const { ok } = await fetch(reader.url);
        if (!ok) throw new Error('The other process could not read.');
      });
      const [read, write] = await Promise.all([reading, runner.run(inMemory)]);
      return { apart: orders / Math.max(read, write) };
    },
    async () => {
      await emptyMirror(database);
      const both = orders / (await runner.run(spapi.orders));
      const [found] = await database.query('SELECT count(*)::int AS orders FROM amazon_order');
      if (JSON.stringify(found) !== JSON.stringify({ orders }))
        throw new Error(`Not all came: ${JSON.stringify(found)}`);
      return { both };
    },
  ]);
  await runner.stop();
  spapi.close();
  await database.close();
  await own.drop();
  await reader.stop();
  await simulator.stop();

  const slower = rates('read').map((read, round) => Math.min(read, rates('write')[round] ?? Number.NaN));
  const row = (/** @type {string} */ what, /** @type {string} */ name) => [
    what,
    number(median(rates(name))),
    spread(rates(name)),
    factor(ratio(rates(name), slower)),
    factor(ratio(rates(name), rates('apart'))),
  ];
  return {
    title: `End to end, ${kind}: ${number(orders)} orders from the simulator into an empty mirror`,
    rounds: slower.length,
    columns: ['', 'orders/s', 'of the rounds', '× slower side', '× both at once'],
    rows: [
      row('Ordermirror, end to end', 'both'),
      row('floor: reading alone', 'read'),
      row('floor: writing alone', 'write'),
      row('floor: both at once, in two processes', 'apart'),
    ],
    notes: [
      'Reading alone: the SP-API client (HTTP, quota, checks, personal data cut out), pages dropped. Writing alone: the engine over the same pages in memory.',
      'Both at once: the one in a process of its own while the other runs, until both are done; neither waits for the other, only for the processor.',
      'The simulator runs in a process of its own and keeps the texts of its orders; 1.00 of the slower side would mean that the faster side costs nothing.',
    ],
  };
}
