import { execFile } from 'node:child_process';
import { isDeepStrictEqual, promisify } from 'node:util';
import { temporaryFolder } from '../lib/databases.js';
import { alternate, median, ms, number, quantile, ratio } from '../lib/measure.js';
import { ask, dataOf, JSON_HEADERS, signUp, startOrdermirror, startServer } from '../lib/servers.js';
import { measureLoad, sendOnce } from './load.js';
import { seededDatabase } from './seed.js';
import { shapesOf } from './shapes.js';

const CONNECTIONS = 32;
const INSTALL_TIMEOUT_MS = 180_000;
const PLAINEST = 'orders alone';
const FLOOR = 'floor: bare server, one flat join';
/** A Node.js that PostGraphile runs on; undefined if there is none. */
const NEW_NODE = Number.parseInt(process.versions.node, 10) < 22 ? process.env.BENCH_NODE : process.execPath;
const peerOf = (name) => `PostGraphile, ${name}`;

/** Reads orders over HTTP and WebSocket in several shapes. Each server is a process. @type {import('../main.js').Benchmark} */
export async function benchRead(kind, { quick, ...size }) {
  const orders = size.orders ?? (quick ? 10_000 : 20_000);
  const seconds = quick ? 1 : orders < 200_000 ? 1 : 2;
  const { config, environment } = await seededDatabase(kind, orders);
  // All servers run on the same Node.js, so that versions are not compared.
  const node = NEW_NODE ?? process.execPath;
  const app = await startOrdermirror(environment, node);
  const peer = await startPeer(config.database);
  const targets = await targetsOf(app.url, 'url' in peer ? peer.url : null, Math.min(1_000, orders / 100));
  if (config.database.kind === 'postgres') {
    const floor = await startServer('bench/read/bare-server.js', { args: [config.database.url], node });
    targets.set(FLOOR, { url: floor.url, headers: JSON_HEADERS, body: '{}', overWebSocket: false });
    await expectSameAnswer(targets.get(PLAINEST), targets.get(FLOOR));
  }
  for (const name of targets.keys()) await expectSameAnswer(targets.get(name), targets.get(peerOf(name)));

  const measure = async (name, load) => {
    const { perSecond, times } = await measureLoad(targets.get(name), CONNECTIONS, load);
    return { [name]: perSecond, [`${name} p50`]: quantile(times, 0.5), [`${name} p99`]: quantile(times, 0.99) };
  };
  const names = [...targets.keys()];
  for (const name of names) await measure(name, seconds / 2);
  const contenders = names.map((name) => () => measure(name, seconds));
  const rounds = quick ? 1 : 3;
  const measured = await alternate(rounds, contenders);

  const row = (name) => [
    name,
    number(median(measured(name))),
    ms(median(measured(`${name} p50`))),
    ms(median(measured(`${name} p99`))),
    ms(median(measured(`${peerOf(name)} p99`))),
    ratio(measured(name), measured(peerOf(name))),
    ratio(measured(name), measured(PLAINEST)),
    ratio(measured(name), measured(FLOOR)),
  ];
  return {
    title: `Read, ${kind}: orders with their items, of ${number(orders)} orders, ${CONNECTIONS} connections`,
    rounds,
    columns: ['', 'requests/s', 'p50 ms', 'p99 ms', 'PostGraphile p99', '× PostGraphile', '× alone', '× floor'],
    rows: names.filter((name) => !name.startsWith('PostGraphile')).map(row),
    notes: [
      `Lists are pages of 50 orders; ${seconds} s of load a measurement, each shape and its peer in turn. All servers run on ${node}.`,
      'Ordermirror: `node dist/ordermirror.js`, `POST /graphql` with a bearer token, all limits on.',
      'skipped' in peer
        ? `Peer PostGraphile 5: skipped. ${peer.skipped}.`
        : 'Peer PostGraphile 5: amber preset, grafserv on node:http, ten sessions, no sign-in; the same rows and fields (answers compared).',
      'Floor: the first page (compared) by one prepared statement and `JSON.stringify`; no GraphQL, no sign-in, no arguments.',
    ],
  };
}

/** Starts PostGraphile; if it is skipped, returns the reason. */
async function startPeer(database) {
  if (database.kind === 'pglite') return { skipped: 'It needs a PostgreSQL server' };
  if (!NEW_NODE) return { skipped: 'Run the benchmark by Node 22 or later, or name its binary in BENCH_NODE' };
  const folder = await temporaryFolder();
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder];
  const install = promisify(execFile)('npm', ['install', ...flags, 'postgraphile@5.1.5'], {
    timeout: INSTALL_TIMEOUT_MS,
  });
  const failure = await install.then(() => null, String);
  if (failure) return { skipped: `npm could not install it: ${failure}` };
  const options = {
    node: NEW_NODE,
    args: [folder, database.url],
    env: { NODE_ENV: 'production', GRAPHILE_ENV: 'production' },
  };
  return startServer('bench/read/postgraphile-server.js', options);
}

/** Returns the request of each shape by name, each followed by that of its peer. */
async function targetsOf(appUrl, peerUrl, deepPage) {
  const headers = await signUp(appUrl);
  const first = await ask(appUrl, headers, '{ orders(first: 1) { edges { node { id amazonOrderId } } } }');
  const next = 'query ($after: String) { orders(first: 50, after: $after) { pageInfo { endCursor } } }';
  let after = /** @type {string | null} */ (null);
  for (let page = 1; page < deepPage; page += 1)
    after = (await ask(appUrl, headers, next, { after })).orders.pageInfo.endCursor;
  const sort = 'orderBy: [PURCHASE_DATE_DESC, PRIMARY_KEY_DESC]';
  const same = `{ first: allAmazonOrders(first: 1, ${sort}) { nodes { id rowId } }
    before: allAmazonOrders(first: 1, offset: ${(deepPage - 1) * 50 - 1}, ${sort}) { pageInfo { endCursor } } }`;
  const peer = peerUrl && (await ask(peerUrl, JSON_HEADERS, same));

  /** @type {Map<string, import('./load.js').Target>} */
  const targets = new Map();
  const deepName = `page ${number(deepPage)}`;
  for (const { name, ours, theirs } of shapesOf(first.orders.edges[0].node, peer?.first.nodes[0], deepName)) {
    const target = (url, sent, query, cursor) => {
      const body = JSON.stringify({ query, variables: name === deepName ? { after: cursor } : {} });
      return { url: `${url}/graphql`, headers: sent, body, overWebSocket: name === 'over WebSocket' };
    };
    targets.set(name, target(appUrl, headers, ours, after));
    if (peer && theirs)
      targets.set(peerOf(name), target(peerUrl, JSON_HEADERS, theirs, peer.before.pageInfo.endCursor));
  }
  return targets;
}

/** Throws if a peer returns other rows or fields. */
async function expectSameAnswer(ours, theirs) {
  if (!theirs) return;
  const values = valuesOf(dataOf(await sendOnce(ours), ours.body));
  const others = valuesOf(dataOf(await sendOnce(theirs), theirs.body));
  if (values.length < 10 || !isDeepStrictEqual(values, others))
    throw new Error(
      `${values.length} values and other ${others.length} were returned for ${ours.body} and ${theirs.body}`,
    );
}

/** Returns an answer's scalars in order (PostGraphile nests otherwise), without nulls, cursors and the root field beside orders. */
function valuesOf(data) {
  if (data === null) return [];
  if (typeof data === 'string' && /^\d{4}-\d\d-\d\dT/.test(data)) return [Date.parse(data)];
  if (typeof data !== 'object') return [data];
  return Object.entries(data).flatMap(([key, value]) =>
    ['endCursor', 'me', 'allMarketplaces'].includes(key) ? [] : valuesOf(value),
  );
}
