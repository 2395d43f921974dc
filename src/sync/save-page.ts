import type { Database } from '../database/database.js';
import type { Sql } from '../database/sql.js';
import type { OrdersPage } from '../spapi/order-source.js';
import { moveCursors } from './cursors.js';
import { type OrderRow, orderRows } from './order-rows.js';
import { setAside, takeBack } from './rejected-orders.js';
import { type ClaimedRun, RUN_CHANGED } from './run-row.js';
import { type Change, classifyOrders, saveOrders } from './save-orders.js';
import type { Leg } from './window.js';

export interface PageToSave {
  readonly page: OrdersPage;
  readonly leg: Leg;
  readonly legIndex: number;
  readonly progress: number | null;
  /** All calls of the run so far. */
  readonly requests: number;
  /** When the page came: its token's life counts from then. */
  readonly at: Date;
}

/** Another process has the run now: this one must write no more. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
}

/**
 * Writes a page in one transaction: orders, items, ledger, what was set aside, the run's counters and its checkpoint,
 * the cursors after the last page of a search, and the nudge for who watches. The number of statements doesn't depend
 * on the number of orders. A dry run writes its counters and checkpoint only. Returns whether the run was asked to stop.
 * @throws {ClaimLost} with nothing written
 */
export async function savePage(database: Database, run: ClaimedRun, input: PageToSave): Promise<boolean> {
  const { page, leg } = input;
  const rows = orderRows(page.orders);
  return database.transaction(async (sql) => {
    const changes = await classifyOrders(sql, rows, run.includeItems);
    const cancelRequested = await moveCheckpoint(sql, run, input, rows, changes);
    if (run.dryRun) return cancelRequested;
    const changed = rows.filter((_row, index) => changes[index] !== 'unchanged');
    await saveOrders(sql, changed, run.includeItems);
    await setAside(sql, run.id, page.rejected);
    if (changed.length > 0)
      await takeBack(
        sql,
        changed.map((row) => row.amazonOrderId),
      );
    if (page.next === null) await moveCursors(sql, leg.marketplaceIds, provenUntil(run, page), run.includeItems);
    return cancelRequested;
  });
}

/** The frozen bound; or the one that Amazon says it answered for, if that is earlier. */
function provenUntil(run: ClaimedRun, page: OrdersPage): Date {
  return page.lastUpdatedBefore < run.updatedBefore ? page.lastUpdatedBefore : run.updatedBefore;
}

/** The fence: no row is touched here unless the claim still holds, and then nothing else of the transaction stays. */
async function moveCheckpoint(
  sql: Sql,
  run: ClaimedRun,
  { page, legIndex, progress, requests, at }: PageToSave,
  rows: readonly OrderRow[],
  changes: readonly Change[],
): Promise<boolean> {
  const count = (change: Change) => changes.filter((each) => each === change).length;
  const items = run.includeItems ? rows.reduce((sum, row) => sum + row.items.length, 0) : 0;
  const [moved] = await sql.query<{ cancelRequested: boolean }>(CHECKPOINT_SQL, [
    run.id,
    run.claim,
    requests,
    rows.length,
    count('inserted'),
    count('updated'),
    count('unchanged'),
    page.rejected.length,
    items,
    progress,
    page.next === null ? legIndex + 1 : legIndex,
    page.next?.query ?? null,
    page.next?.token ?? null,
    page.next === null ? null : at,
  ]);
  if (!moved) throw new ClaimLost();
  return moved.cancelRequested;
}

const CHECKPOINT_SQL = `
  WITH moved AS (
    UPDATE sync_run
       SET pages = pages + 1, requests = $3,
           orders_seen = orders_seen + $4::int, orders_inserted = orders_inserted + $5::int,
           orders_updated = orders_updated + $6::int, orders_unchanged = orders_unchanged + $7::int,
           orders_rejected = orders_rejected + $8::int, items_seen = items_seen + $9::int,
           progress = $10, leg = $11, page_query = $12, page_token = $13, page_token_at = $14,
           waiting_until = NULL, heartbeat_at = now(), attempts = 0
     WHERE id = $1 AND claim = $2 AND status = 'RUNNING'
    RETURNING id, cancel_requested
  )
  SELECT cancel_requested AS "cancelRequested", pg_notify('${RUN_CHANGED}', id::text)::text FROM moved`;
