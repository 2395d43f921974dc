import { get } from 'node:http';
import pg from 'pg';
import { atTheEnd } from './lib/cleanup.js';
import { alternate, median, number, rowOf, secondsOf } from './lib/measure.js';
import { itemRows, orderRows } from './lib/ordermirror.js';
import { signUp, startOrdermirror } from './lib/servers.js';
import { seededDatabase } from './read/seed.js';

const FILES = ['orders.csv', 'order-items.csv', 'orders.ndjson', 'orders.parquet'];
const ROWS = { orders: orderRows({}), 'order-items': itemRows({}) };
const MEMORY_EVERY_MS = 100;

/** Downloads whole tables as files. @type {import('./main.js').Benchmark} */
export async function benchExport(kind, { quick, ...size }) {
  const orders = size.orders ?? (quick ? 10_000 : 200_000);
  const { config, environment } = await seededDatabase(kind, orders);
  const { url } = await startOrdermirror(environment);
  const headers = await signUp(url);
  const idle = await memoryOf(url);

  const download = async (file) => {
    let peak = 0;
    const timer = setInterval(async () => {
      peak = Math.max(peak, await memoryOf(url).catch(() => 0));
    }, MEMORY_EVERY_MS);
    let bytes = 0;
    const seconds = await secondsOf(async () => {
      bytes = await discard(`${url}/export/${file}`, headers);
    });
    clearInterval(timer);
    return { [file]: orders / seconds, [`${file} MB`]: bytes / 1e6, [`${file} memory`]: (peak - idle) / 2 ** 20 };
  };
  const contenders = FILES.map((file) => () => download(file));
  if (config.database.kind === 'postgres') {
    const client = new pg.Client({ connectionString: config.database.url });
    await client.connect();
    atTheEnd(() => client.end());
    for (const file of Object.keys(ROWS))
      contenders.push(async () => ({
        [`COPY ${file}`]: orders / (await secondsOf(() => copyOut(client, ROWS[file]))),
      }));
  }
  const rounds = quick ? 1 : 3;
  const measured = await alternate(rounds, contenders);
  const extra = (name) => [
    number(median(measured(`${name} MB`))),
    number(Math.max(...measured(`${name} memory`), Number.NEGATIVE_INFINITY)),
  ];
  const row = (what, name, floor) => [...rowOf(what, measured(name), measured(floor)), ...extra(name)];
  const floors = Object.keys(ROWS).map((file) => `COPY ${file}`);
  return {
    title: `Export, ${kind}: all of ${number(orders)} orders, with two items each`,
    rounds,
    columns: ['', 'orders/s', 'of the rounds', '× floor', 'MB', 'peak MB over idle'],
    rows: [
      ...FILES.map((file) => row(file, file, `COPY ${file.split('.')[0]}`)),
      ...floors.map((name) => row(`floor: ${name}`, name, name)),
    ],
    notes: [
      'Over HTTP without compression, by one client that discards the bytes. Memory is the resident set of `/metrics`.',
      'Floor: `COPY (SELECT the same columns) TO STDOUT (FORMAT csv)`, in any order, with instants as PostgreSQL writes them.',
    ],
  };
}

/** Downloads an address and discards the bytes; returns their number. `fetch` would take a third of a processor for it. */
function discard(/** @type {string} */ address, headers) {
  return new Promise((resolve, reject) => {
    get(address, { headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${address}: HTTP ${response.statusCode}`));
      let bytes = 0;
      response.on('data', (chunk) => {
        bytes += chunk.length;
      });
      response.on('end', () => resolve(bytes)).on('error', reject);
    }).on('error', reject);
  });
}

async function memoryOf(url) {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]);
}

/** Receives the rows by COPY and discards them. `pg` leaves the response to the query. */
function copyOut(client, { columns, from }) {
  const source = from.replace(/ ORDER BY [^()]*$/, '');
  const statement = `COPY (SELECT ${columns.map(({ sql }) => sql)} ${source}) TO STDOUT (FORMAT csv)`;
  return new Promise((resolve, reject) => {
    client.query({
      submit: (connection) => connection.query(statement),
      handleCopyData: () => {},
      handleCommandComplete: () => {},
      handleReadyForQuery: resolve,
      handleError: reject,
    });
  });
}
