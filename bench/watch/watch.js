import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { registerOwner } from '../lib/app-process.js';
import { atTheEnd } from '../lib/cleanup.js';
import { createDatabase } from '../lib/databases.js';
import { createApiClient, loadConfig, startApp } from '../lib/ordermirror.js';
import { alternate, median, quantile, ratio } from '../lib/rounds.js';
import { factor, ms, number } from '../lib/tables.js';
import { openAudience } from './audience.js';
import { startBroadcast } from './broadcast.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** @typedef {import('../../src/database/database.js').Database} Database */

/** A run that is claimed for good, so that no worker takes it up. */
const RUN_SQL = `
  INSERT INTO sync_run (trigger, dry_run, include_items, updated_after, updated_before, legs, claim, heartbeat_at)
  VALUES ('MANUAL', false, true, now(), now(), '[]', gen_random_uuid(), now() + interval '1 day')`;
const PAGE_SQL = `
  WITH page AS (UPDATE sync_run SET pages = pages + 1, orders_seen = orders_seen + 100 RETURNING id)
  SELECT pg_notify('sync_run', id::text)::text FROM page`;

/**
 * Subscribers to one run, in a process of their own: how long after its commit does a page of the run come to them?
 * @param {import('../lib/databases.js').Kind} kind
 * @param {import('../sizes.js').Sizes['watch']} size
 * @returns {Promise<import('../lib/tables.js').Table>}
 */
export async function benchWatch(kind, { subscribers, commits, ...bounds }) {
  const own = await createDatabase(kind);
  const app = await startApp(loadConfig({ ...own.environment, LOG_LEVEL: 'error' }));
  const stop = atTheEnd(() => app.stop());
  const authorization = await registerOwner(app.url);
  await app.database.query(RUN_SQL);
  const run = await newestRun(app.url, authorization);
  const broadcast = await startBroadcast(() => run);

  const who = { authorization, runId: run.id, count: subscribers };
  const before = memory();
  const watchers = await openAudience({ ...who, url: `${app.url.replace('http', 'ws')}/graphql` });
  const kilobytesEach = (memory() - before) / 1_000 / subscribers;
  const listeners = await openAudience({ ...who, url: broadcast.url });

  const sinceStart = { app: 0, floor: 0 };
  const measured = await alternate(bounds, [
    contender('app', commits, async () => {
      const since = process.hrtime.bigint();
      await app.database.query(PAGE_SQL);
      sinceStart.app += 1;
      return watchers.saw(sinceStart.app, since);
    }),
    contender('floor', commits, async () => {
      const since = process.hrtime.bigint();
      await app.database.query('UPDATE sync_run SET requests = requests + 1');
      sinceStart.floor += 1;
      run.pages = sinceStart.floor;
      broadcast.send();
      return listeners.saw(sinceStart.floor, since);
    }),
  ]);
  await watchers.leave();
  await listeners.leave();
  await broadcast.close();
  await stop();
  await own.drop();

  const row = (/** @type {string} */ what, /** @type {string} */ name, each = '–') => [
    what,
    ms(median(measured(`${name} p50`))),
    ms(median(measured(`${name} p99`))),
    ms(median(measured(`${name} last`))),
    factor(ratio(measured(`${name} last`), measured('floor last'))),
    each,
  ];
  return {
    title: `Watch, ${kind}: ${number(subscribers)} WebSocket subscribers to one run`,
    rounds: measured('floor last').length,
    columns: ['', 'p50 ms', 'p99 ms', 'last client, ms', '× floor', 'kB a subscriber'],
    rows: [row('Ordermirror', 'app', kilobytesEach.toFixed(1)), row('floor: bare ws server, one text to all', 'floor')],
    notes: [
      'From just before the statement that changes the row is sent until the client has the message, its commit included.',
      '`last client`: the median, over the commits, of the slowest. Floor: the same row is changed, then one text is sent to all.',
      '`kB a subscriber`: of the server process, on its heap, once all have subscribed and the garbage is collected.',
    ],
  };
}

/** What this process keeps on its heap, in bytes, after the garbage is collected. (PGlite's memory is not on it, and comes and goes.) */
function memory() {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** @param {string} name @param {number} commits @param {() => Promise<number[]>} commit milliseconds, by subscriber */
function contender(name, commits, commit) {
  return async () => {
    const all = [];
    for (let done = 0; done < commits; done += 1) all.push(await commit());
    return {
      [`${name} p50`]: quantile(all.flat(), 0.5),
      [`${name} p99`]: quantile(all.flat(), 0.99),
      [`${name} last`]: median(all.map((times) => Math.max(...times))),
    };
  };
}

/** @param {string} url @param {string} authorization @returns {Promise<Record<string, any> & { id: string }>} */
async function newestRun(url, authorization) {
  const api = createApiClient(url);
  api.signIn(authorization.replace('Bearer ', ''));
  const { syncRuns } = await api.request(`{ syncRuns(first: 1) { nodes {
    id status pages requests ordersSeen ordersInserted itemsSeen progress waitingUntil
  } } }`);
  return syncRuns.nodes[0];
}
