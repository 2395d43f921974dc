import type { Logger } from './core/logger.js';
import type { Database } from './database/database.js';
import { remapOrders, remapProgress } from './mirror/write/remap-orders.js';
import { refreshSalesDays } from './mirror/write/sales-sums.js';

const LOG_EVERY_ORDERS = 10_000;

/** Maps orders of an older version of the program again, in the background. Returns a function that interrupts it. */
export function mapStoredOrdersAgain(database: Database, logger: Logger): () => Promise<void> {
  const interruption = new AbortController();
  const work = async () => {
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
    await remapOrders(database, { signal: interruption.signal, onProgress });
    if (interruption.signal.aborted) return;
    await refreshSalesDays(database, interruption.signal);
    if (interruption.signal.aborted) return;
    logger.info({ orders }, 'New columns have been filled from the stored payloads of orders.');
  };
  const done = work().catch((err) =>
    logger.error({ err }, 'New columns of orders could not be filled. The next start continues.'),
  );
  return async () => {
    interruption.abort();
    await done;
  };
}

const INDEXES_AGAIN_MS = 10 * 60_000;

/** Makes indexes that an upgrade brings, in the background. Returns a function that interrupts it. */
export function makeMissingIndexes(database: Database, logger: Logger): () => Promise<void> {
  const interruption = new AbortController();
  const { signal } = interruption;
  let timer: NodeJS.Timeout | undefined;
  const onIndex = (index: string) =>
    logger.info({ index }, 'An index is being made. Until it is there, what reads it is slower.');
  const work = async () => {
    const done = await database.makeIndexes({ signal, onIndex }).catch((err) => {
      if (!signal.aborted)
        logger.warn({ err }, 'An index could not be made. What reads it is slower. The next attempt is in 10 minutes.');
      return 'failed' as const;
    });
    if (done === 'made') logger.info('All indexes are there.');
    if (signal.aborted || done === 'made' || done === 'none missing') return;
    timer = setTimeout(() => {
      running = work();
    }, INDEXES_AGAIN_MS).unref();
  };
  let running = work();
  return async () => {
    interruption.abort();
    clearTimeout(timer);
    await running;
  };
}
