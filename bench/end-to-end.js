import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase } from './lib/databases.js';
import { alternate, median, number, rowOf, secondsOf } from './lib/measure.js';
import { connectAnd, openMirror } from './lib/mirror.js';
import { ask, residentMegabytes, signUp, startOrdermirror } from './lib/servers.js';

const POLL_MS = 100;
const FIRST_ORDERS = 2_000;
const CONNECT_AND_SYNC = connectAnd('syncOrders(includeItems: true) { id }');
const RUN = '{ syncRuns(first: 1) { nodes { status error startedAt finishedAt ordersSeen ordersInserted } } }';

/** Measures first syncs of the whole server from a simulated Amazon, and reading and writing separately. @type {import('./main.js').Benchmark} */
export async function benchEndToEnd(kind, { quick, orders: asked }) {
  const orders = asked ?? (quick ? 2_000 : kind === 'PGlite' ? 5_000 : 20_000);
  const mirror = await openMirror(kind, orders);
  const measured = await alternate(quick ? 1 : 3, [
    async () => ({ read: orders / (await secondsOf(mirror.read)) }),
    async () => {
      await mirror.empty();
      return { write: orders / (await secondsOf(mirror.write)) };
    },
    () => firstSync(kind, mirror.amazon, orders),
  ]);

  const slower = measured('read').map((read, round) => Math.min(read, measured('write')[round] ?? 0));
  const row = (what, name) => rowOf(what, measured(name), slower);
  const memory = ['first MB', 'most MB'].map((name) => number(median(measured(name))));
  return {
    title: `End to end, ${kind}: a first sync of ${number(orders)} orders`,
    rounds: slower.length,
    columns: ['', 'orders/s', 'of the rounds', '× slower side', `MB at ${number(FIRST_ORDERS)} orders`, 'highest MB'],
    rows: [
      [...row('Ordermirror, end to end', 'both'), ...memory],
      row('floor: reading alone', 'read'),
      row('floor: writing alone', 'write'),
    ],
    notes: [
      'End to end: `node dist/ordermirror.js` on an empty mirror, `syncOrders` with items, from the start of the run to its end.',
      'Reading alone: the SP-API client (HTTP, quota, checks, removal of personal data), pages kept. Writing alone: the sync engine over pages in memory.',
      'The simulated Amazon runs in a process of its own, without a quota. 1.00 of the slower side would mean that the faster one costs nothing.',
      `MB: resident memory of the server process, every ${POLL_MS} ms.`,
    ],
  };
}

/** Starts a server on a new database, syncs all orders and stops it. */
async function firstSync(kind, amazon, orders) {
  const { environment } = await createDatabase(kind);
  const app = await startOrdermirror({ ...environment, SP_API_ENDPOINT: amazon, LWA_ENDPOINT: amazon });
  const headers = await signUp(app.url);
  await ask(app.url, headers, CONNECT_AND_SYNC);
  let [first, most] = [0, 0];
  let run;
  do {
    await sleep(POLL_MS);
    [run] = (await ask(app.url, headers, RUN)).syncRuns.nodes;
    const megabytes = await residentMegabytes(app.url);
    most = Math.max(most, megabytes);
    if (run.ordersSeen >= FIRST_ORDERS) first ||= megabytes;
  } while (run.status === 'RUNNING');
  await app.stop();
  if (run.status !== 'OK' || run.ordersInserted !== orders)
    throw new Error(`The run ended ${run.status} with ${run.ordersInserted} of ${orders} orders: ${run.error}`);
  const seconds = (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1_000;
  return { both: orders / seconds, 'first MB': first, 'most MB': most };
}
