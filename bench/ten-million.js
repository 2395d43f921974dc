import { atTheEnd } from './lib/cleanup.js';
import { median, ms, number, secondsOf } from './lib/measure.js';
import * as ordermirror from './lib/ordermirror.js';
import { ask, signUp, startOrdermirror } from './lib/servers.js';
import { orderIdOf, seededDatabase } from './read/seed.js';

const ORDERS = 10_000_000;
/** How many times larger the second mirror is, and by how much its figures may exceed those of the first. */
const GROWTH = 10;
const GOAL = 1.5;
const PAGES = 20;
const PER_PAGE = 100;
/** Of the connection that writes: VACUUM of ten million orders takes minutes. */
const TIMEOUTS = '?query_timeout=3600000&statement_timeout=3600000';
const NODE = `amazonOrderId purchaseDate orderStatus orderTotal { amount currencyCode }
  items { orderItemId sellerSku title quantityOrdered itemPrice { amount currencyCode } }`;
const page = (args = '', more = '') => `{ orders(first: 50 ${args}) { ${more} edges { cursor node { ${NODE} } } } }`;
const search = (text) => page(`filter: { search: "${text}" }`);
const YEAR = 'from: "2025-11-01", to: "2026-10-31"';

/**
 * Does everything that a mirror does on a tenth of the orders, and on all of them: nothing may take much longer. PostgreSQL
 * only, and by its name only: ten million orders take an hour and 40 GB. @type {import('./main.js').Benchmark}
 */
export async function benchTenMillion(kind, { orders, quick }) {
  if (kind === 'PGlite') return null;
  const count = orders ?? (quick ? 20_000 : ORDERS);
  const fewer = Math.floor(count / GROWTH);
  const rounds = quick ? 3 : 30;
  // Both are made first, so that the same load of the machine is measured on both.
  const [small, large] = [await seeded(fewer), await seeded(count)];
  const few = await figuresOf(small, rounds);
  const many = await figuresOf(large, rounds);
  const rows = Object.entries(many).map(([name, value]) => {
    const before = few[name] ?? Number.NaN;
    const times = value / before;
    return [name, shown(before), shown(value), times.toFixed(2), times > GOAL ? 'above the goal' : ''];
  });
  return {
    title: `Growth, ${kind}: ${number(fewer)} orders and ${number(count)} orders, two items each`,
    rounds,
    columns: ['', `${number(fewer)} orders`, `${number(count)} orders`, 'ratio', `goal ${GOAL}`],
    rows,
    notes: [
      'Milliseconds: reads over HTTP, one request at a time; pages of 100 orders in a transaction as a run saves them, 20 of each.',
      'Deleted: a day of orders that RETENTION_ORDERS_MONTHS no longer keeps. VACUUM: what autovacuum does by itself, after the same work on both.',
      'Disk: with short payloads, which are a third of what Amazon sends.',
    ],
  };
}

async function seeded(count) {
  const startedAt = performance.now();
  const created = await seededDatabase('PostgreSQL', count, { shortPayloads: true });
  console.error(`${number(count)} orders were made in ${number((performance.now() - startedAt) / 1_000)} s.`);
  return { count, ...created };
}

/** @returns {Promise<Record<string, number>>} */
async function figuresOf({ count, config, environment }, rounds) {
  if (config.database.kind !== 'postgres') throw new Error('This benchmark needs PostgreSQL.');
  const database = await ordermirror.openDatabase({ ...config.database, url: config.database.url + TIMEOUTS });
  const close = atTheEnd(() => database.close());
  const [size] = /** @type {{ bytes: number }[]} */ (
    await database.query('SELECT pg_database_size(current_database())::float8 AS bytes')
  );
  const reads = await measureReads(environment, count, rounds);
  const writes = await measureWrites(database);
  await close();
  return { ...reads, ...writes, 'disk, bytes per order': (size?.bytes ?? 0) / count };
}

async function measureReads(environment, count, rounds) {
  const server = await startOrdermirror(environment);
  const headers = await signUp(server.url);
  const middle = Math.floor(count / 2);
  const orderId = orderIdOf(middle);
  const purchased = await ask(server.url, headers, `{ order(amazonOrderId: "${orderId}") { purchaseDate } }`);
  const from = `filter: { purchasedBefore: "${purchased.order.purchaseDate}" }`;
  const deep = await ask(server.url, headers, `{ orders(first: 1, ${from}) { edges { cursor } } }`);
  const shapes = {
    'orders: first page': page(),
    'orders: page in the middle': page(`after: "${deep.orders.edges[0].cursor}"`),
    'orders: with totalCount': page('', 'totalCount'),
    'orders: of a status and a marketplace': page(
      'filter: { statuses: ["CANCELLED"], marketplaceIds: ["ATVPDKIKX0DER"] }',
    ),
    'order by its id': `{ order(amazonOrderId: "${orderId}") { ${NODE} } }`,
    'search: a whole id': search(orderId),
    'search: the middle of an id': search(orderId.slice(5, 14)),
    'search: a SKU': search('SKU-1234'),
    'search: words of a title': search('mug colour 1234'),
    'search: a word of all titles': search('stoneware'),
    'search: nothing': search('not there'),
    'sales of a year by SKU': `{ sales(${YEAR}, interval: TOTAL, by: [SKU], first: 100) { sellerSku units revenue } }`,
    'sales of a year by day': `{ salesByDay(${YEAR}) { date currencyCode orders units revenue } }`,
  };
  /** @type {Record<string, number>} */
  const figures = {};
  for (const [name, query] of Object.entries(shapes)) {
    const times = [];
    for (let round = 0; round < rounds + 2; round += 1)
      times.push(1_000 * (await secondsOf(() => ask(server.url, headers, query))));
    // The first ones fill caches and compile the operation.
    figures[name] = median(times.slice(2));
  }
  await server.stop();
  return figures;
}

/** Saves pages of new orders, the same again, and changed ones, each in a transaction as a run does; then deletes old orders. */
async function measureWrites(database) {
  const simulator = await ordermirror.startSimulator({ orders: PAGES * PER_PAGE, settled: true });
  const orders = simulator.book.orders();
  await simulator.close();
  const save = async (/** @type {readonly unknown[]} */ sent) => {
    const times = [];
    for (let start = 0; start < sent.length; start += PER_PAGE) {
      const read = sent.slice(start, start + PER_PAGE).map((order) => ordermirror.readOrder(order));
      const rows = await ordermirror.rowsOfOrders(/** @type {any[]} */ (read));
      const options = { includeItems: true, at: new Date(), changeSource: /** @type {const} */ ('SYNC') };
      times.push(
        await secondsOf(() => ordermirror.writeOrders(database, (sql) => ordermirror.saveOrders(sql, rows, options))),
      );
    }
    return 1_000 * median(times);
  };
  const later = new Date().toISOString();
  const figures = {
    'page of new orders': await save(orders),
    'page without changes': await save(orders),
    'page of changed orders': await save(orders.map((order) => ({ ...order, lastUpdatedTime: later, touched: 1 }))),
  };
  const vacuum = await secondsOf(() => database.query('VACUUM amazon_order, amazon_order_item, order_items'));
  // One day of orders is too old.
  await database.query(
    `INSERT INTO sync_cursor (marketplace_id, proven_until) VALUES ('ATVPDKIKX0DER', '2026-11-02Z')`,
  );
  let deleted = 0;
  const deleting = await secondsOf(async () => {
    deleted = await ordermirror.deleteOldOrders(database, { months: 24, now: new Date() });
  });
  return {
    ...figures,
    'VACUUM after these pages': 1_000 * vacuum,
    '500 old orders deleted': (1_000 * deleting * 500) / deleted,
  };
}

const shown = (/** @type {number} */ value) => (value < 100 ? ms(value) : number(value));
