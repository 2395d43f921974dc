import { createLogger, createSyncEngine, defaultSync, systemClock } from './ordermirror.js';

/** @typedef {import('../../src/database/database.js').Database} Database */
/** @typedef {import('../../src/spapi/orders/order-source.js').OrderSource} OrderSource */
/** @typedef {import('../../src/spapi/orders/order-source.js').OrdersPage} OrdersPage */
/** @typedef {import('../../src/generated/prisma/client.js').SyncRun} SyncRun */

const MIRROR = 'amazon_order, amazon_order_item, order_items, sync_run, sync_cursor, rejected_order, usage_plan';

/** @param {Database} database */
export async function emptyMirror(database) {
  await database.query(`TRUNCATE ${MIRROR} CASCADE`);
}

/**
 * The sync engine as the app has it, but for where its orders come from.
 * @param {Database} database
 * @param {readonly string[]} marketplaceIds
 */
export async function createRunner(database, marketplaceIds) {
  /** @type {OrderSource | undefined} */
  let present;
  /** @type {(run: SyncRun) => void} */
  let onRunEnded = () => {};
  const engine = await createSyncEngine({
    database,
    clock: systemClock,
    logger: createLogger({ level: 'error' }),
    settings: defaultSync,
    works: true,
    schedule: { cron: null, includeItems: true },
    account: {
      marketplaceIds: async () => marketplaceIds,
      openSource: async () => {
        if (!present) throw new Error('There is nothing to read from.');
        return present;
      },
      recordCheck: async () => {},
      mayRunOnSchedule: async () => false,
      probe: async () => null,
    },
    onRunEnded: (run) => onRunEnded(run),
  });
  return {
    /**
     * One run, with items, from its start to its end.
     * @param {OrderSource} source
     * @returns {Promise<number>} seconds
     */
    async run(source) {
      present = source;
      /** @type {Promise<SyncRun>} */
      const ended = new Promise((resolve) => {
        onRunEnded = resolve;
      });
      const startedAt = performance.now();
      await engine.start({ dryRun: false, includeItems: true, trigger: 'MANUAL' });
      const { status, error, ordersRejected } = await ended;
      const seconds = (performance.now() - startedAt) / 1_000;
      if (status !== 'OK' || ordersRejected > 0) throw new Error(`The run ended ${status}: ${error}`);
      return seconds;
    },
    stop: () => engine.stop(),
  };
}

/**
 * Pages that are there already, in place of Amazon.
 * @param {readonly OrdersPage['orders'][]} pages
 * @returns {OrderSource}
 */
export function sourceInMemory(pages) {
  return {
    async *searchOrders({ lastUpdatedBefore }) {
      for (const [index, orders] of pages.entries()) {
        const next = index === pages.length - 1 ? null : { query: 'in memory', token: String(index) };
        yield { orders, rejected: [], lastUpdatedBefore, next };
      }
    },
    getOrder: async () => null,
  };
}
