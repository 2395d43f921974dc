import type { SellerAccount } from '../connection/seller-account.js';
import { LASTING_ERRORS, SyncError } from '../core/errors.js';
import { noTracer } from '../core/tracer.js';
import type { ClaimedRun } from '../runs/run-store.js';
import type { RunExecution, WorkerOptions } from '../runs/worker.js';
import { DataSets, type DataSetsOptions } from './read/data-sets.js';
import { MarketplacesRefusedError, marketplacesRefused } from './read/failed-searches.js';
import { readWindow } from './read/read-window.js';
import { rereadOrders } from './read/reread-orders.js';

export interface ExecutionOptions extends WorkerOptions, DataSetsOptions {
  readonly account: SellerAccount;
}

/** A run of kind ORDERS: reads its window, then single orders by their ids. */
export function ordersExecution(options: ExecutionOptions): RunExecution {
  const { database, account, clock, logger, tracer = noTracer } = options;
  return {
    kind: 'ORDERS',
    execute: async (run, calls, opened) => {
      assertHasMarketplaces(run);
      const source = await account.openSource();
      opened(source);
      const dataSets = await DataSets.open(options, { records: !run.dryRun });
      const context = { database, source, dataSets, clock, logger, calls, tracer };
      const { answered, refused } = await readWindow(run, context);
      if (!run.dryRun && (run.includeItems || run.trigger === 'SCHEDULE')) await rereadOrders(run, context, answered);
      if (refused.length > 0) throw marketplacesRefused(refused);
    },
    isLasting: (error) => LASTING_ERRORS.has(error.code) && !(error instanceof MarketplacesRefusedError),
  };
}

function assertHasMarketplaces(run: ClaimedRun): void {
  if (Array.isArray(run.legs) && run.legs.length === 0)
    throw new SyncError(
      'NO_MARKETPLACES',
      'The connection names no marketplaces to read. Ping to see where the account sells, and save them with saveConnection.',
    );
}
