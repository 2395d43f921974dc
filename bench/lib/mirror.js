import { atTheEnd } from './cleanup.js';
import { createDatabase } from './databases.js';
import * as ordermirror from './ordermirror.js';
import { startServer } from './servers.js';

export const MARKETPLACES = ['ATVPDKIKX0DER', 'A2EUQ1WTGCTBG2', 'A1AM78C64UM0Y8'];
const clock = ordermirror.systemClock;
const logger = ordermirror.createLogger({ level: 'error' });

/** A mutation that connects a server to the simulated Amazon, with another field after that. */
export const connectAnd = (/** @type {string} */ field) => `mutation {
  saveConnection(input: { region: NA, marketplaceIds: ${JSON.stringify(MARKETPLACES)} }) { region }
  saveCredential(input: { refreshToken: "Atzr|bench", lwaClientId: "id", lwaClientSecret: "secret" }) { hasRefreshToken }
  ${field}
}`;

/** Opens an empty mirror with a sync engine on it, and a simulated Amazon with this number of orders in a separate process. */
export async function openMirror(kind, /** @type {number} */ orders) {
  const simulator = await startServer('bench/lib/simulator-server.js', { args: [String(orders)] });
  const { config } = await createDatabase(kind);
  const database = await ordermirror.openDatabase(config.database);
  atTheEnd(() => database.close());
  const amazon = { endpoint: simulator.url, lwaEndpoint: simulator.url, version: '0.0.0' };
  const credential = { clientId: 'id', clientSecret: 'secret', refreshToken: 'Atzr|bench' };
  const usagePlans = ordermirror.createBucketStore(database, clock);
  const spapi = ordermirror.createSpApi({ ...amazon, credential, usagePlans, clock, logger });
  atTheEnd(() => spapi.close());
  const pages = await readAll(spapi.orders);
  const run = await createRunner(database, config.sync, {
    async *searchOrders({ lastUpdatedBefore }) {
      for (const page of pages) yield { ...page, lastUpdatedBefore };
    },
    getOrder: async () => null,
  });
  return {
    amazon: simulator.url,
    database,
    read: () => readAll(spapi.orders),
    empty: () => database.query('TRUNCATE amazon_order, order_items, sync_run, sync_cursor, rejected_order CASCADE'),
    /** Writes all orders, held in memory, in one run. */
    write: async () => {
      await run();
      const found = await database.prisma.amazonOrder.count();
      if (found !== orders) throw new Error(`The mirror holds ${found} orders in place of ${orders}.`);
    },
  };
}

/** Reads all orders of the last 30 days. */
async function readAll(/** @type {import('#src/spapi/spapi.js').SpApi['orders']} */ source) {
  const [lastUpdatedAfter = new Date(), lastUpdatedBefore = new Date()] = [30 * 24 * 60, 5].map(
    (minutes) => new Date(Date.now() - minutes * 60_000),
  );
  const query = { marketplaceIds: MARKETPLACES, lastUpdatedAfter, lastUpdatedBefore };
  const pages = [];
  const watch = { signal: new AbortController().signal, onRequest: () => {}, onWait: () => {} };
  for await (const page of source.searchOrders(query, watch)) pages.push(page);
  return pages;
}

/** Returns a function that executes one run with items from this source, with the server's engine. */
async function createRunner(database, settings, source) {
  let onRunEnded = (/** @type {import('#src/generated/prisma/client.js').SyncRun} */ _run) => {};
  const engine = await ordermirror.createSyncEngine({
    database,
    clock,
    logger,
    settings,
    works: true,
    schedule: { cron: null, includeItems: true },
    account: {
      marketplaceIds: async () => MARKETPLACES,
      openSource: async () => source,
      openReports: async () => {
        throw new Error('There are no reports here.');
      },
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
    await engine.start({ dryRun: false, includeItems: true, trigger: 'MANUAL' });
    const { status, error, ordersRejected } = await ended;
    if (status !== 'OK' || ordersRejected > 0) throw new Error(`The run ended ${status}: ${error}`);
  };
}
