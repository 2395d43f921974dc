import { setTimeout as sleep } from 'node:timers/promises';
import { atTheEnd } from './lib/cleanup.js';
import { createDatabase } from './lib/databases.js';
import { alternate, number, rowOf, secondsOf } from './lib/measure.js';
import { connectAnd, MARKETPLACES } from './lib/mirror.js';
import * as ordermirror from './lib/ordermirror.js';
import { ask, residentMegabytes, signUp, startOrdermirror, startServer } from './lib/servers.js';

const DAYS = 725;
const DAY_MS = 86_400_000;
const WINDOW_MS = 30 * DAY_MS;
/** As a run of the history has. */
const BATCH_ORDERS = 250;
/** Orders that the bulk path writes alone, from memory. */
const MAX_HELD = 50_000;
const MEMORY_EVERY_MS = 100;
const RUN = '{ syncRuns(first: 1) { nodes { status error startedAt finishedAt ordersInserted } } }';
const clock = ordermirror.systemClock;
const logger = ordermirror.createLogger({ level: 'error' });
const watch = { signal: new AbortController().signal, onRequest: () => {}, onWait: () => {} };

/** Reads two years of orders from reports into an empty mirror. @type {import('./main.js').Benchmark} */
export async function benchHistory(kind, { quick, ...size }) {
  const orders = size.orders ?? (quick ? 10_000 : 100_000);
  const simulator = await startServer('bench/lib/simulator-server.js', { args: [String(orders), String(DAYS)] });
  const { config } = await createDatabase(kind);
  const database = await ordermirror.openDatabase(config.database);
  atTheEnd(() => database.close());
  await database.query(
    `INSERT INTO amazon_connection (region, status, marketplace_ids) VALUES ('NA', 'ACTIVE', $1::text[])`,
    [MARKETPLACES],
  );
  const amazon = { endpoint: simulator.url, lwaEndpoint: simulator.url, version: '0.0.0' };
  const credential = { clientId: 'id', clientSecret: 'secret', refreshToken: 'Atzr|bench' };
  const usagePlans = ordermirror.createBucketStore(database, clock);
  const spapi = ordermirror.createSpApi({ ...amazon, credential, usagePlans, clock, logger });
  atTheEnd(() => spapi.close());
  const empty = () =>
    database.query(
      'TRUNCATE amazon_order, order_items, sync_run, report_window, check_finding, rejected_order CASCADE',
    );
  const runHistory = await createRunner(database, spapi, config.sync);

  // The first reading makes the simulator's texts, which it keeps.
  const held = await readReports(spapi.reports, MAX_HELD);
  const heldOrders = held.reduce((sum, batch) => sum + batch.length, 0);

  const rounds = quick ? 1 : 3;
  const measured = await alternate(rounds, [
    async () => {
      await empty();
      const seconds = await secondsOf(runHistory);
      const found = await database.prisma.amazonOrder.count();
      if (found !== orders) throw new Error(`The mirror holds ${found} orders in place of ${orders}.`);
      return { history: orders / seconds };
    },
    async () => ({ parse: orders / (await secondsOf(() => readReports(spapi.reports, 0))) }),
    async () => {
      await empty();
      return { bulk: heldOrders / (await secondsOf(() => writeAll(database, held))) };
    },
  ]);
  const server = await runOnServer(kind, simulator.url, orders);
  const slower = measured('parse').map((rate, round) => Math.min(rate, measured('bulk')[round] ?? 0));
  const row = (what, name) => rowOf(what, measured(name), slower);
  return {
    title: `History, ${kind}: ${number(orders)} orders of two years, from 25 reports`,
    rounds,
    columns: ['', 'orders/s', 'of the rounds', '× slower floor'],
    rows: [
      row('Ordermirror, a run of kind HISTORY', 'history'),
      row('floor: gunzip, parse and convert alone', 'parse'),
      row('floor: bulk path alone', 'bulk'),
    ],
    notes: [
      `A server process (\`ordermirror start\`), once: ${number(server.seconds)} s, its resident memory at most ${number(server.peak)} MB; ${number(server.idle)} MB before.`,
      'The simulator runs in a separate process and has the XML ready; it compresses it on the clock.',
      `Bulk path: ${number(heldOrders)} orders in memory, in transactions of ${number(BATCH_ORDERS)}, without reports and runs.`,
    ],
  };
}

/** Reads all reports of two years, one after the other. Returns the first orders, up to `keep`, in batches. */
async function readReports(reports, /** @type {number} */ keep) {
  const end = Date.now();
  const kept = [];
  for (let until = end; until > end - DAYS * DAY_MS; until -= WINDOW_MS) {
    const reportId = await reports.createReport(
      {
        reportType: 'GET_XML_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL',
        marketplaceIds: MARKETPLACES,
        from: new Date(until - WINDOW_MS),
        until: new Date(until),
      },
      watch,
    );
    const { documentId } = await reports.getReport(reportId, watch);
    const options = { marketplaceIds: MARKETPLACES, batchOrders: BATCH_ORDERS };
    for await (const { orders } of reports.readOrders(documentId, options, watch))
      if (kept.length * BATCH_ORDERS < keep) kept.push(orders);
  }
  return kept;
}

async function writeAll(database, batches) {
  for (const batch of batches) {
    const rows = await ordermirror.rowsOfOrders(batch, 'REPORT');
    const options = { includeItems: true, at: new Date(), changeSource: null };
    await ordermirror.writeOrders(database, (sql) => ordermirror.saveOrders(sql, rows, options));
  }
}

/** Returns a function that executes one run of the history, with the server's engine. */
async function createRunner(database, spapi, settings) {
  let onRunEnded = (/** @type {import('#src/generated/prisma/client.js').SyncRun} */ _run) => {};
  const engine = await ordermirror.createHistoryEngine({
    database,
    clock,
    logger,
    settings,
    works: true,
    history: 'all',
    reportSettings: { pollMs: 1, retryMs: 1, patienceMs: 60_000 },
    account: {
      marketplaceIds: async () => MARKETPLACES,
      openSource: async () => spapi.orders,
      openReports: async () => spapi.reports,
      recordCheck: async () => {},
      mayRunOnSchedule: async () => false,
      probe: async () => null,
    },
    onRunEnded: (run) => onRunEnded(run),
  });
  atTheEnd(() => engine.stop());
  return async () => {
    const ended = new Promise((resolve) => {
      onRunEnded = resolve;
    });
    await engine.start(null);
    const { status, error, ordersRejected } = await ended;
    if (status !== 'OK' || ordersRejected > 0) throw new Error(`The run ended ${status}: ${error}`);
  };
}

/** Starts a server on a new database, and has it read the history. Returns what the run took, and the memory of the process. */
async function runOnServer(kind, amazon, orders) {
  const { environment } = await createDatabase(kind);
  const app = await startOrdermirror({
    ...environment,
    HISTORY: 'all',
    SP_API_ENDPOINT: amazon,
    LWA_ENDPOINT: amazon,
  });
  const headers = await signUp(app.url);
  const idle = await residentMegabytes(app.url);
  await ask(app.url, headers, connectAnd('startHistory { id }'));
  let peak = idle;
  let run;
  do {
    await sleep(MEMORY_EVERY_MS);
    peak = Math.max(peak, await residentMegabytes(app.url));
    [run] = (await ask(app.url, headers, RUN)).syncRuns.nodes;
  } while (run.status === 'RUNNING');
  await app.stop();
  if (run.status !== 'OK' || run.ordersInserted !== orders)
    throw new Error(`The run ended ${run.status} with ${run.ordersInserted} of ${orders} orders: ${run.error}`);
  return { seconds: (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1_000, idle, peak };
}
