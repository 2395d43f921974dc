import { startServer } from '../lib/children.js';
import { createDatabase } from '../lib/databases.js';
import { createLogger, createSpApi, createUsagePlanStore, seedMarketplaces, systemClock } from '../lib/ordermirror.js';
import { alternate, median, ratio, secondsOf } from '../lib/rounds.js';
import { createRunner, emptyMirror, sourceInMemory } from '../lib/runner.js';
import { factor, number, spread } from '../lib/tables.js';

/** @typedef {import('../../src/spapi/order-source.js').OrderSource} OrderSource */
/** @typedef {import('../../src/spapi/order-source.js').OrdersPage} OrdersPage */

const MARKETPLACES = ['ATVPDKIKX0DER', 'A2EUQ1WTGCTBG2', 'A1AM78C64UM0Y8'];
const DAY_MS = 86_400_000;

/**
 * From a simulated Amazon, in a process of its own, through the SP-API client and the engine into an empty mirror;
 * and either half of the way alone.
 * @param {import('../lib/databases.js').Kind} kind
 * @param {import('../sizes.js').Sizes['endToEnd']} size
 * @returns {Promise<import('../lib/tables.js').Table>}
 */
export async function benchEndToEnd(kind, { orders, ...bounds }) {
  const simulator = await startServer('bench/end-to-end/simulator.js', { args: [String(orders)] });
  const own = await createDatabase(kind);
  const database = await own.open();
  await seedMarketplaces(database);
  const runner = await createRunner(database, MARKETPLACES);
  const spapi = createSpApi({
    endpoint: simulator.url,
    lwaEndpoint: simulator.url,
    credential: { clientId: 'id', clientSecret: 'secret', refreshToken: 'Atzr|bench' },
    usagePlans: createUsagePlanStore(database, systemClock),
    clock: systemClock,
    logger: createLogger({ level: 'error' }),
    version: '0.0.0',
  });
  const pages = await readAll(spapi.orders);
  const inMemory = sourceInMemory(pages.map((page) => page.orders));

  const rates = await alternate(bounds, [
    async () => ({ read: orders / (await secondsOf(() => readAll(spapi.orders))) }),
    async () => {
      await emptyMirror(database);
      return { write: orders / (await runner.run(inMemory)) };
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
  await simulator.stop();

  const slower = rates('read').map((read, round) => Math.min(read, rates('write')[round] ?? Number.NaN));
  const row = (/** @type {string} */ what, /** @type {string} */ name) => [
    what,
    number(median(rates(name))),
    spread(rates(name)),
    factor(ratio(rates(name), slower)),
  ];
  return {
    title: `End to end, ${kind}: ${number(orders)} orders from the simulator into an empty mirror`,
    rounds: slower.length,
    columns: ['', 'orders/s', 'of the rounds', '× slower side'],
    rows: [
      row('Ordermirror, end to end', 'both'),
      row('floor: reading alone', 'read'),
      row('floor: writing alone', 'write'),
    ],
    notes: [
      'Reading alone: the SP-API client (HTTP, quota, checks, personal data cut out), pages dropped. Writing alone: the engine over the same pages in memory.',
      'The simulator runs in a process of its own; 1.00 would mean that the faster side costs nothing.',
    ],
  };
}

/** @param {OrderSource} source @returns {Promise<OrdersPage[]>} */
async function readAll(source) {
  const now = Date.now();
  const query = {
    marketplaceIds: MARKETPLACES,
    lastUpdatedAfter: new Date(now - 30 * DAY_MS),
    lastUpdatedBefore: new Date(now - DAY_MS / 100),
  };
  const watch = { signal: new AbortController().signal, onRequest: () => {}, onWait: () => {} };
  const pages = [];
  for await (const page of source.searchOrders(query, watch)) pages.push(page);
  return pages;
}
