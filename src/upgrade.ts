import type { Logger } from './core/logger.js';
import type { Database } from './database/database.js';
import { remapOrders, remapProgress } from './mirror/write/remap-orders.js';
import { refreshSalesDays } from './mirror/write/sales-sums.js';

const LOG_EVERY_ORDERS = 10_000;

const ORDERS_AGAIN_MS = 60_000;

/**
 * Maps orders of an older version of the program again, in the background. Returns a function that interrupts it.
 * @param againMs after a failure
 */
export function mapStoredOrdersAgain(
  database: Database,
  logger: Logger,
  againMs = ORDERS_AGAIN_MS,
): () => Promise<void> {
  return repeatUntilDone(againMs, async (signal) => {
    try {
      await mapOrders(database, logger, signal);
      return true;
    } catch (err) {
      const again = `The next attempt, in ${againMs / 1000} s, continues.`;
      if (!signal.aborted) logger.warn({ err }, `New columns of orders could not be filled. ${again}`);
      return false;
    }
  });
}

async function mapOrders(database: Database, logger: Logger, signal: AbortSignal): Promise<void> {
  const { ordersDone, ordersTotal } = await remapProgress(database);
  if (ordersDone === ordersTotal) return;
  const orders = ordersTotal - ordersDone;
  logger.info({ orders }, 'New columns are being filled from the stored payloads of orders.');
  let done = 0;
  const onProgress = (mapped: number) => {
    const before = Math.floor(done / LOG_EVERY_ORDERS);
    done += mapped;
    if (Math.floor(done / LOG_EVERY_ORDERS) > before) logger.info({ orders, done }, 'New columns are being filled.');
  };
  await remapOrders(database, { signal, onProgress });
  if (signal.aborted) return;
  await refreshSalesDays(database, signal);
  if (signal.aborted) return;
  logger.info({ orders }, 'New columns have been filled from the stored payloads of orders.');
}

const INDEXES_AGAIN_MS = 60_000;

/** Makes indexes that an upgrade brings, in the background. Returns a function that interrupts it. */
export function makeMissingIndexes(database: Database, logger: Logger): () => Promise<void> {
  const onIndex = (index: string) =>
    logger.info({ index }, 'An index is being made. Until it is there, what reads it is slower.');
  let last: string | null = null;
  return repeatUntilDone(INDEXES_AGAIN_MS, async (signal) => {
    let done: string;
    try {
      done = await database.makeIndexes({ signal, onIndex });
      if (done === 'made') logger.info('All indexes are there.');
      if (done === 'elsewhere' && last !== done)
        logger.info('Another process, or a statement of one that has ended, makes missing indexes.');
    } catch (err) {
      done = err instanceof Error ? err.message : String(err);
      if (!signal.aborted && last !== done)
        logger.warn({ err }, 'An index could not be made. What reads it is slower. It is tried again each minute.');
    }
    last = done;
    return done === 'made' || done === 'none missing';
  });
}

/** Calls `work` until it returns true, with a pause between two calls. Returns a function that interrupts it. */
function repeatUntilDone(pauseMs: number, work: (signal: AbortSignal) => Promise<boolean>): () => Promise<void> {
  const interruption = new AbortController();
  const { signal } = interruption;
  let timer: NodeJS.Timeout | undefined;
  const attempt = async () => {
    if ((await work(signal)) || signal.aborted) return;
    timer = setTimeout(() => {
      running = attempt();
    }, pauseMs).unref();
  };
  let running = attempt();
  return async () => {
    interruption.abort();
    clearTimeout(timer);
    await running;
  };
}
