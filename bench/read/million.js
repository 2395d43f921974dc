import { registerOwner, startApp } from '../lib/app-process.js';
import { encodeOrderCursor, refreshSalesDays } from '../lib/ordermirror.js';
import { alternate, median, quantile, ratio } from '../lib/rounds.js';
import { factor, ms, number } from '../lib/tables.js';
import { question } from './question.js';
import { seededDatabase } from './seed.js';

/** @typedef {import('../lib/databases.js').BenchDatabase} BenchDatabase */

const DEEP_PAGE = 1_000;
const US = 'ATVPDKIKX0DER';
const SORT = /** @type {const} */ ({ field: 'PURCHASE_DATE', direction: 'DESC' });
const SALES = `{ salesByDay(from: "2025-11-01", to: "2026-10-31") { date currencyCode orders units revenue } }`;
const TOTAL = 'query ($filter: OrderFilter) { orders(filter: $filter) { totalCount } }';
const KEPT = 'salesByDay over a year, days kept';
const LINES = "salesByDay over a year, from the ledger's lines";

/**
 * One request at a time, of all kinds of lists, searches, counts and sales.
 * @param {import('../lib/databases.js').Kind} kind
 * @param {import('../sizes.js').Sizes['million']} size
 * @returns {Promise<import('../lib/tables.js').Table>}
 */
export async function benchMillion(kind, { orders, ...bounds }) {
  const own = await seededDatabase(kind, orders);
  const after = await prepare(own, DEEP_PAGE * 50);
  const app = await startApp(own);
  const headers = { 'content-type': 'application/json', authorization: await registerOwner(app.url) };
  const ask = async (/** @type {string} */ query, variables = {}) => {
    const startedAt = performance.now();
    const body = JSON.stringify({ query, variables });
    const response = await fetch(`${app.url}/graphql`, { method: 'POST', headers, body });
    const answer = /** @type {any} */ (await response.json());
    if (answer.errors) throw new Error(`${query} was answered: ${answer.errors[0].message}`);
    return performance.now() - startedAt;
  };
  const list = (/** @type {object} */ filter) => () => ask(filtered(question()), { filter });
  /** @type {Record<string, () => Promise<number>>} */
  const asked = {
    'first page': () => ask(question()),
    [`page ${number(DEEP_PAGE)}`]: () => ask(question(), { after }),
    'of one status': list({ statuses: ['SHIPPED'] }),
    'of two rare statuses': list({ statuses: ['UNFULFILLABLE', 'PENDING'] }),
    'of a status and a marketplace': list({ statuses: ['CANCELLED'], marketplaceIds: [US] }),
    'bought in a month': list({ purchasedAfter: '2026-02-01T00:00:00Z', purchasedBefore: '2026-03-01T00:00:00Z' }),
    'search by an order id': list({ search: '702-0012345' }),
    'search by a SKU': list({ search: 'sku-1234' }),
    'search by an ASIN': list({ search: 'b000001234' }),
    'search for what all begin with': list({ search: '702' }),
    totalCount: () => ask(TOTAL),
    'totalCount of one status': () => ask(TOTAL, { filter: { statuses: ['SHIPPED'] } }),
    'totalCount of a SKU': () => ask(TOTAL, { filter: { search: 'sku-1234' } }),
    [KEPT]: () => ask(SALES),
  };
  const contenders = Object.entries(asked).map(([name, run]) => async () => ({ [name]: await run() }));
  await alternate({ rounds: 3, seconds: 30 }, contenders);
  const measured = await alternate(bounds, contenders);
  const fromLines = await measureLines(own, () => ask(SALES));
  await app.stop();
  await own.drop();
  const row = (/** @type {string} */ name, /** @type {number[]} */ times, /** @type {number} */ ofFirst) => [
    name,
    ms(median(times)),
    ms(quantile(times, 0.9)),
    factor(ofFirst),
  ];
  return {
    title: `Lists, counts and sales, ${kind}: of ${number(orders)} orders, one request at a time over HTTP`,
    rounds: measured('first page').length,
    columns: ['', 'ms', 'p90 ms', '× first page'],
    rows: [
      ...Object.keys(asked).map((name) => row(name, measured(name), ratio(measured(name), measured('first page')))),
      row(LINES, fromLines, median(fromLines) / median(measured('first page'))),
    ],
    notes: ['All pages are of 50 orders with their items, the newest first.'],
  };
}

/** @param {string} query */
function filtered(query) {
  return query
    .replace('$after: String', '$after: String, $filter: OrderFilter')
    .replace('after: $after', 'after: $after, filter: $filter');
}

/** Keeps the days of sales, as a run does at its end; finds the cursor after so many orders. @param {BenchDatabase} own @param {number} skipped */
async function prepare(own, skipped) {
  const database = await own.openPatiently();
  await refreshSalesDays(database);
  const [last] = await database.query(
    `SELECT id, purchase_date AS at FROM amazon_order ORDER BY purchase_date DESC, id DESC LIMIT 1 OFFSET ${skipped - 50 - 1}`,
  );
  await database.query('VACUUM (ANALYZE) sales_day');
  await database.close();
  return encodeOrderCursor(SORT, /** @type {{ id: bigint, at: Date }} */ (last));
}

/** The same with all days stale; PGlite is the server's alone. @param {BenchDatabase} own @param {() => Promise<number>} ask */
async function measureLines(own, ask) {
  if (own.kind === 'PGlite') return [];
  const database = await own.open();
  await database.query('INSERT INTO sales_day_stale SELECT DISTINCT order_date FROM order_items');
  await database.close();
  const times = [];
  for (let round = 0; round < 4; round += 1) times.push(await ask());
  return times.slice(1);
}
