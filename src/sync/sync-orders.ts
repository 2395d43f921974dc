import type { ClaimedRun } from '../runs/run-row.js';
import { readWindow } from './read/read-window.js';
import { marketplacesRefused } from './read/refused-marketplaces.js';
import { readUnpriced } from './read/reread-orders.js';
import type { SyncParts } from './sync-parts.js';

/**
 * Carries a run out, from where its checkpoint stands: its whole window, then the orders that lists don't tell all of.
 * @throws {CancelRequested}, {ClaimLost}, {SyncError}, or the reason that the calls' signal was aborted with.
 */
export async function syncOrders(run: ClaimedRun, parts: SyncParts): Promise<void> {
  const { answered, refused } = await readWindow(run, parts);
  if (!run.dryRun && (run.includeItems || run.trigger === 'SCHEDULE')) await readUnpriced(run, parts, answered);
  if (refused.length > 0) throw marketplacesRefused(refused);
}
