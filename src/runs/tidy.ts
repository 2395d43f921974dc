import { deleteOldEntries } from '../accounts/audit-log.js';
import type { RetentionConfig } from '../config/config.js';
import type { Database } from '../database/database.js';
import { deleteExpired, runMaintenance } from '../database/maintenance.js';
import { deleteOldChanges } from '../mirror/write/delete-old-changes.js';
import { deleteOldRuns } from './delete-old-runs.js';

/** Deletes rows that are kept for a limited time, and does what autovacuum does on a server. After runs, and without runs hourly. */
export async function tidyDatabase(database: Database, now: Date, retention?: RetentionConfig): Promise<void> {
  await deleteExpired(database, now);
  if (retention) {
    await deleteOldChanges(database, { now, keepMs: retention.changesMs });
    await deleteOldRuns(database, { now, keepMs: retention.runsMs });
    await deleteOldEntries(database, { now, keepMs: retention.auditMs });
  }
  await runMaintenance(database, { vacuum: true });
}
