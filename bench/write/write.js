import { createDatabase } from '../lib/databases.js';
import { seedMarketplaces } from '../lib/ordermirror.js';
import { pagesOfOrders, sampleOrders } from '../lib/orders.js';
import { alternate, median, ratio } from '../lib/rounds.js';
import { createRunner } from '../lib/runner.js';
import { factor, number, spread } from '../lib/tables.js';
import { UPSERTS, writers } from './contenders.js';
import { openCopyTarget } from './copy.js';

const PER_PAGE = 100;

/**
 * Orders with two items each, in pages of 100, into an empty mirror; then the same again; then all of them changed.
 * @param {import('../lib/databases.js').Kind} kind
 * @param {import('../sizes.js').Sizes['write']} size
 * @returns {Promise<import('../lib/tables.js').Table>}
 */
export async function benchWrite(kind, { pages, ...bounds }) {
  const samples = await sampleOrders();
  const created = pagesOfOrders(samples, { pages, perPage: PER_PAGE, changed: false });
  const changed = pagesOfOrders(samples, { pages, perPage: PER_PAGE, changed: true });

  const own = await createDatabase(kind);
  const bare = await createDatabase(kind);
  const database = await own.open();
  await seedMarketplaces(database);
  const runner = await createRunner(database, ['ATVPDKIKX0DER']);
  const bareDatabase = await bare.open();
  await seedMarketplaces(bareDatabase);
  await bareDatabase.close();
  const copies = await openCopyTarget(bare.config);
  const rates = await alternate(bounds, await writers({ database, runner, copies, created, changed }));
  await runner.stop();
  await database.close();
  await copies.close();
  await own.drop();
  await bare.drop();

  const row = (/** @type {string} */ what, /** @type {string} */ name) => [
    what,
    number(median(rates(name))),
    spread(rates(name)),
    factor(ratio(rates(name), rates('copyPages'))),
    factor(ratio(rates(name), rates('mirrorPages'))),
    factor(ratio(rates(name), rates('copyAtOnce'))),
    factor(ratio(rates(name), rates('mirrorAtOnce'))),
  ];
  return {
    title: `Write, ${kind}: ${number(pages * PER_PAGE)} orders with two items each, in pages of ${PER_PAGE}`,
    rounds: rates('copyPages').length,
    columns: ['', 'orders/s', 'of the rounds', '× bare pages', '× pages', '× bare at once', '× at once'],
    rows: [
      row('Ordermirror, all new', 'runNew'),
      row('Ordermirror, nothing changed', 'runSame'),
      row('Ordermirror, all changed', 'runChanged'),
      row('saveOrders alone, all new', 'saveNew'),
      row('saveOrders alone, all changed', 'saveChanged'),
      row('saveOrders in batches of 500, all new', 'bulkNew'),
      row('saveOrders in batches of 500, nothing changed', 'bulkSame'),
      row('saveOrders in batches of 500, all changed', 'bulkChanged'),
      row('peer: Prisma createMany, all new', 'manyNew'),
      row('peer: Prisma upsert, all new', 'upsertNew'),
      row('peer: Prisma upsert, nothing changed', 'upsertSame'),
      row('peer: Prisma upsert, all changed', 'upsertChanged'),
      row('floor: COPY into bare tables, in pages', 'copyPages'),
      row('floor: COPY into bare tables, at once', 'copyAtOnce'),
      row("floor: COPY into the mirror's tables, in pages", 'mirrorPages'),
      row("floor: COPY into the mirror's tables, at once", 'mirrorAtOnce'),
    ],
    notes: [
      'Ordermirror: the sync engine over pages in memory (`savePage`): rows made, merged with their items, ledger and checkpoint, a transaction a page.',
      '`saveOrders` alone: rows given, merged with items and ledger, a transaction a page; no checkpoint.',
      `Prisma: orders and items only, no ledger; createMany in a transaction a page, upsert row by row, over ${UPSERTS} orders only.`,
      '`saveOrders` in batches: 500 orders a statement, all in one transaction.',
      'Floors: COPY of the same orders, items and ledger lines, text made on the clock; a transaction a page, or one for all. "bare": the same columns and types, no key and no index. Else: into the mirror’s own tables, with its keys, indexes and triggers.',
    ],
  };
}
