import { startApp } from '../lib/app-process.js';
import { startServer } from '../lib/children.js';
import { copyDatabase } from '../lib/databases.js';
import { alternate, median, quantile, ratio } from '../lib/rounds.js';
import { factor, ms, number } from '../lib/tables.js';
import { load, loadWebSocket } from './load.js';
import { newNode, startPostGraphile } from './postgraphile.js';
import { readersOf } from './readers.js';
import { seededDatabase } from './seed.js';

/** @typedef {import('../lib/databases.js').Kind} Kind */
/** @typedef {import('../lib/databases.js').BenchDatabase} BenchDatabase */
/** @typedef {import('./readers.js').Reader} Reader */

const CONNECTIONS = 32;
const PLAINEST = 'orders alone';

/**
 * A page of 50 orders with their items over HTTP, from a mirror of so many orders. The servers are processes of their own.
 * @param {Kind} kind
 * @param {import('../sizes.js').Sizes['read']} size
 * @returns {Promise<import('../lib/tables.js').Table>}
 */
export async function benchRead(kind, { orders, loadSeconds, ...bounds }) {
  const own = await seededDatabase(kind, orders);
  // PGlite serves one process: the others read copies.
  const ofFloor = kind === 'PGlite' ? await copyDatabase(own) : own;
  const ofPeer = kind === 'PGlite' ? await copyDatabase(own) : own;
  const newest = await newNode();
  // All on the same one, or the figures would compare those.
  const node = newest ?? process.execPath;
  const app = await startApp(own, { node });
  const floor = await startBareServer('flat-join', ofFloor, node);
  const prisma = await startBareServer('prisma', ofPeer, node);
  const postgraphile = await startPostGraphile(newest, own.config);
  const urls = { app: app.url, floor: floor.url, prisma: prisma.url };
  const readers = await readersOf({
    ...urls,
    postgraphile: typeof postgraphile === 'string' ? null : postgraphile.url,
  });

  for (const reader of readers) await measure(reader, loadSeconds / 2);
  const measured = await alternate(
    bounds,
    readers.map((reader) => () => measure(reader, loadSeconds)),
  );
  for (const server of [app, floor, prisma, postgraphile]) if (typeof server !== 'string') await server.stop();
  for (const database of new Set([own, ofFloor, ofPeer])) await database.drop();

  const row = (/** @type {Reader} */ { name, what, peer, isPage }) => {
    const rates = measured(name);
    const times = (/** @type {string} */ other) => factor(ratio(rates, measured(other)));
    return [
      what,
      number(median(rates)),
      ms(median(measured(`${name} p50`))),
      ms(median(measured(`${name} p99`))),
      peer ? ms(median(measured(`${peer} p99`))) : '',
      peer ? times(peer) : '',
      isPage ? times(PLAINEST) : '',
      isPage ? times('floor') : '',
    ];
  };
  return {
    title: `Read, ${kind}: 50 orders with their items, of ${number(orders)} orders, ${CONNECTIONS} connections`,
    rounds: measured('floor').length,
    columns: ['', 'requests/s', 'p50 ms', 'p99 ms', "its peer's p99", '× PostGraphile', '× orders alone', '× floor'],
    rows: readers.filter(({ name }) => !name.startsWith('PostGraphile')).map(row),
    notes: [
      'Ordermirror: `node dist/ordermirror.js`, POST /graphql with a bearer token, all that guards it on. The load comes from another process.',
      'Floor and the Prisma peer: bare node:http servers that give the same first page (checked) and can do nothing else: no GraphQL, no sign-in, no arguments. Floor: one prepared flat join, `JSON.stringify`.',
      typeof postgraphile === 'string'
        ? `Peer PostGraphile 5: skipped, ${postgraphile}.`
        : 'Peer PostGraphile 5: amber preset, grafserv on node:http, GraphiQL and watching off, ten connections; the same orders and fields (checked), no sign-in. All servers run on its Node.',
    ],
  };
}

/** @param {Reader} reader @param {number} seconds @returns {Promise<Record<string, number>>} */
async function measure({ name, overWebSocket, ...reader }, seconds) {
  const { perSecond, times } = await (overWebSocket ? loadWebSocket : load)({
    ...reader,
    connections: CONNECTIONS,
    seconds,
  });
  return { [name]: perSecond, [`${name} p50`]: quantile(times, 0.5), [`${name} p99`]: quantile(times, 0.99) };
}

/** @param {'flat-join' | 'prisma'} how @param {BenchDatabase} database @param {string} node */
function startBareServer(how, { config }, node) {
  return startServer('bench/read/bare-server.js', { args: [how, JSON.stringify(config)], node });
}
