import { createDatabase } from '../lib/databases.js';
import { seedMarketplaces } from '../lib/ordermirror.js';
import { pagesOfOrders, sampleOrders } from '../lib/orders.js';
import { createRunner, sourceInMemory } from '../lib/runner.js';
import { factor, ms, number } from '../lib/tables.js';

const PER_PAGE = 100;
const STEPS = 8;

/**
 * How the writing of a page of new orders slows down while the mirror grows, from an empty one, in one run.
 * @param {import('../lib/databases.js').Kind} kind
 * @param {{ orders: number }} size
 * @returns {Promise<import('../lib/tables.js').Table>}
 */
export async function benchGrowth(kind, { orders }) {
  const pages = pagesOfOrders(await sampleOrders(), { pages: orders / PER_PAGE, perPage: PER_PAGE, changed: false });
  const own = await createDatabase(kind);
  const database = await own.open();
  await seedMarketplaces(database);
  const runner = await createRunner(database, ['ATVPDKIKX0DER']);
  /** When the engine asked for each page, and at last when it was done. @type {number[]} */
  const asked = [];
  const { searchOrders, getOrder } = sourceInMemory(pages);
  await runner.run({
    getOrder,
    async *searchOrders(...query) {
      for await (const page of searchOrders(...query)) {
        asked.push(performance.now());
        yield page;
      }
    },
  });
  asked.push(performance.now());
  await runner.stop();
  await database.close();
  await own.drop();

  const step = Math.floor(pages.length / STEPS);
  const times = Array.from({ length: STEPS }, (_, place) => {
    const [from = 0, to = 0] = [asked[place * step], asked[(place + 1) * step]];
    return (to - from) / step;
  });
  return {
    title: `Growth, ${kind}: pages of ${PER_PAGE} new orders with two items each`,
    columns: ['orders in the mirror', 'ms a page', '× the first'],
    rows: times.map((time, place) => [
      `${number(place * step * PER_PAGE)} to ${number((place + 1) * step * PER_PAGE)}`,
      ms(time),
      factor(time / (times[0] ?? Number.NaN)),
    ]),
    notes: [
      'One run of the sync engine over pages in memory: the first sync of an empty mirror, its statistics unknown.',
    ],
  };
}
