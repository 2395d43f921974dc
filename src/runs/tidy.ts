import { deleteOldEntries } from '../accounts/audit-log.js';
import type { RetentionConfig } from '../config/config.js';
import type { Logger } from '../core/logger.js';
import type { Database } from '../database/database.js';
import { deleteExpired, runMaintenance } from '../database/maintenance.js';
import { deleteOldChanges } from '../mirror/write/delete-old-changes.js';
import { deleteOldOrders } from '../mirror/write/order-retention.js';
import { refreshSalesDays } from '../mirror/write/sales-sums.js';
import { deleteOldRuns } from './delete-old-runs.js';

export interface TidyOptions {
  readonly now: Date;
  /** By default nothing of what it names is deleted. */
  readonly retention?: RetentionConfig | undefined;
  readonly logger: Pick<Logger, 'info'>;
  /** Interrupts long deletions. */
  readonly signal?: AbortSignal | undefined;
}

/** Deletes rows that are kept for a limited time, and does what autovacuum does on a server. After runs, and without runs hourly. */
export async function tidyDatabase(database: Database, { now, retention, logger, signal }: TidyOptions): Promise<void> {
  await deleteExpired(database, now);
  if (retention) {
    const { ordersMonths: months } = retention;
    const deleted = await deleteOldOrders(database, { months, now, signal });
    if (deleted > 0) {
      logger.info({ orders: deleted, months }, 'Old orders were deleted (RETENTION_ORDERS_MONTHS).');
      await refreshSalesDays(database, signal);
    }
    await deleteOldChanges(database, { now, keepMs: changesMs(retention) });
    await deleteOldRuns(database, { now, keepMs: retention.runsMs });
    await deleteOldEntries(database, { now, keepMs: retention.auditMs });
  }
  await runMaintenance(database, { vacuum: true });
}

const MONTH_MS = 30 * 24 * 60 * 60_000;

/** Changes name orders, and are kept no longer than these. */
function changesMs({ changesMs, ordersMonths }: RetentionConfig): number {
  return ordersMonths === null ? changesMs : Math.min(changesMs, ordersMonths * MONTH_MS);
}
