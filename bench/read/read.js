import { startApp } from '../lib/app-process.js';
import { startServer } from '../lib/children.js';
import { copyDatabase } from '../lib/databases.js';
import { alternate, median, quantile, ratio } from '../lib/rounds.js';
import { factor, ms, number } from '../lib/tables.js';
import { load } from './load.js';
import { newNode, startPostGraphile } from './postgraphile.js';
import { readersOf } from './readers.js';
import { seededDatabase } from './seed.js';

/** @typedef {import('../lib/databases.js').Kind} Kind */
/** @typedef {import('../lib/databases.js').BenchDatabase} BenchDatabase */
/** @typedef {import('./readers.js').Reader} Reader */

const CONNECTIONS = [8, 32];

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
  const peer = typeof postgraphile === 'string' ? 'prisma' : 'postgraphile';
  const urls = { app: app.url, floor: floor.url, prisma: prisma.url };
  const readers = await readersOf({
    ...urls,
    postgraphile: typeof postgraphile === 'string' ? null : postgraphile.url,
  });

  for (const reader of readers) await load({ ...reader, connections: 8, seconds: loadSeconds / 2 });
  const contenders = CONNECTIONS.flatMap((connections) =>
    readers.map((reader) => contender(reader, connections, loadSeconds)),
  );
  const measured = await alternate(bounds, contenders);
  for (const server of [app, floor, prisma, postgraphile]) if (typeof server !== 'string') await server.stop();
  for (const database of new Set([own, ofFloor, ofPeer])) await database.drop();

  const row = (/** @type {Reader} */ { name, what }, /** @type {number} */ connections) => {
    const rates = measured(`${name} ${connections}`);
    return [
      what,
      String(connections),
      number(median(rates)),
      ms(median(measured(`${name} ${connections} p50`))),
      ms(median(measured(`${name} ${connections} p99`))),
      factor(ratio(rates, measured(`${peer} ${connections}`))),
      factor(ratio(rates, measured(`floor ${connections}`))),
    ];
  };
  return {
    title: `Read, ${kind}: 50 orders with their items over HTTP, of ${number(orders)} orders`,
    rounds: measured(`floor ${CONNECTIONS[0]}`).length,
    columns: [
      '',
      'connections',
      'requests/s',
      'p50 ms',
      'p99 ms',
      peer === 'prisma' ? '× Prisma' : '× PostGraphile',
      '× floor',
    ],
    rows: CONNECTIONS.flatMap((connections) => readers.map((reader) => row(reader, connections))),
    notes: [
      'Ordermirror: `node dist/ordermirror.js`, POST /graphql with a bearer token, all that guards it on. The load comes from another process.',
      'Floor and the Prisma peer: bare node:http servers that give the same first page (checked) and can do nothing else: no GraphQL, no sign-in, no arguments. Floor: one prepared flat join, `JSON.stringify`.',
      typeof postgraphile === 'string'
        ? `Peer PostGraphile 5: skipped, ${postgraphile}.`
        : 'Peer PostGraphile 5: amber preset, grafserv on node:http, GraphiQL and watching off, ten connections; the same orders and fields (checked), no sign-in. All servers run on its Node.',
    ],
  };
}

/** @param {Reader} reader @param {number} connections @param {number} seconds */
function contender(reader, connections, seconds) {
  const name = `${reader.name} ${connections}`;
  return async () => {
    const { perSecond, times } = await load({ ...reader, connections, seconds });
    return { [name]: perSecond, [`${name} p50`]: quantile(times, 0.5), [`${name} p99`]: quantile(times, 0.99) };
  };
}

/** @param {'flat-join' | 'prisma'} how @param {BenchDatabase} database @param {string} node */
function startBareServer(how, { config }, node) {
  return startServer('bench/read/bare-server.js', { args: [how, JSON.stringify(config)], node });
}
