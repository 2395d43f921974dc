import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registerOwner, startApp } from '../lib/app-process.js';
import { atTheEnd } from '../lib/cleanup.js';
import { factor, number } from '../lib/tables.js';
import { load } from './load.js';
import { question } from './question.js';
import { seededDatabase } from './seed.js';

const WARM_UP_SECONDS = 1;
const CONNECTIONS = 32;
const ROWS = 20;

/**
 * Where the server's processor goes while it answers first pages: V8's own sampling, by package.
 * @param {import('../lib/databases.js').Kind} kind
 * @param {{ orders: number, seconds: number }} size
 * @returns {Promise<import('../lib/tables.js').Table>}
 */
export async function profileRead(kind, { orders, seconds }) {
  const own = await seededDatabase(kind, orders);
  const folder = await mkdtemp(join(tmpdir(), 'ordermirror-profile-'));
  atTheEnd(() => rm(folder, { recursive: true, force: true }));
  const app = await startApp(own, { nodeFlags: ['--cpu-prof', `--cpu-prof-dir=${folder}`] });
  const headers = { 'content-type': 'application/json', authorization: await registerOwner(app.url) };
  const page = { url: `${app.url}/graphql`, headers, body: JSON.stringify({ query: question() }) };
  await load({ ...page, connections: CONNECTIONS, seconds: WARM_UP_SECONDS });
  const { perSecond } = await load({ ...page, connections: CONNECTIONS, seconds });
  await app.stop();
  await own.drop();

  const [file = ''] = await readdir(folder);
  const shares = sharesOf(JSON.parse(await readFile(join(folder, file), 'utf8')));
  return {
    title: `Profile of reading, ${kind}: first pages at ${number(perSecond)} a second, ${CONNECTIONS} connections`,
    columns: ['own time of', 'share of busy time'],
    rows: [...shares].slice(0, ROWS).map(([where, share]) => [where, factor(share)]),
    notes: ['The start of the server is in it; idle time is not. What waits for PostgreSQL is idle.'],
  };
}

/**
 * @typedef {{ id: number, callFrame: { functionName: string, url: string } }} ProfileNode
 * @param {{ nodes: ProfileNode[], samples: number[], timeDeltas: number[] }} profile V8's format
 * @returns {Map<string, number>} the largest first
 */
function sharesOf({ nodes, samples, timeDeltas }) {
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  /** @type {Map<string, number>} */
  const times = new Map();
  let busy = 0;
  for (const [index, id] of samples.entries()) {
    const place = places.get(id) ?? '';
    if (place === '(idle)') continue;
    const time = timeDeltas[index] ?? 0;
    busy += time;
    times.set(place, (times.get(place) ?? 0) + time);
  }
  const sorted = [...times].sort(([, a], [, b]) => b - a);
  return new Map(sorted.map(([place, time]) => [place, time / busy]));
}

/** A package, a part of Ordermirror, or what V8 calls itself. @param {ProfileNode['callFrame']} frame */
function placeOf({ functionName, url }) {
  const [, dependency] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
  if (dependency) return dependency;
  const [, own] = /\/dist\/([^/]+)/.exec(url) ?? [];
  if (own) return `Ordermirror: ${own}`;
  if (url.startsWith('node:')) return 'Node';
  return url === '' ? (functionName.startsWith('(') ? functionName : 'V8, built in') : url;
}
