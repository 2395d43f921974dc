import type { Database } from '../database/database.js';
import type { Sql } from '../database/sql.js';
import type { OrdersPage } from '../spapi/order-source.js';
import { type Checkpoint, moveCheckpoint } from './checkpoint.js';
import { moveCursors } from './cursors.js';
import { orderRows } from './order-rows.js';
import { setAside, takeBack } from './rejected-orders.js';
import type { ClaimedRun } from './run-row.js';
import { classifyOrders, saveOrders } from './save-orders.js';
import type { Leg } from './window.js';

/** Orders that came for a run, and where the run stands once they are in. */
export interface Arrival {
  readonly orders: OrdersPage['orders'];
  readonly rejected: OrdersPage['rejected'];
  /** How many pages they are: 0 or 1. */
  readonly pages: number;
  readonly checkpoint: Checkpoint;
  /** All calls of the run so far. */
  readonly requests: number;
  /** When they came. */
  readonly at: Date;
}

/**
 * Writes a page in one transaction: orders, items, ledger, what was set aside, the run's counters and its checkpoint,
 * the cursors after the last page of a search, and the nudge for who watches. The number of statements doesn't depend
 * on the number of orders. A dry run writes its counters and checkpoint only. Returns whether the run was asked to stop.
 * @throws {ClaimLost} with nothing written
 */
export async function savePage(
  database: Database,
  run: ClaimedRun,
  { page, leg, ...rest }: { page: OrdersPage; leg: Leg } & Pick<Arrival, 'checkpoint' | 'requests' | 'at'>,
): Promise<boolean> {
  return database.transaction(async (sql) => {
    const cancelRequested = await saveArrival(sql, run, { ...page, ...rest, pages: 1 });
    if (page.next === null && !run.dryRun) await moveCursors(sql, leg, provenUntil(run, page), run.includeItems);
    return cancelRequested;
  });
}

/** The same without a page's place in its search. @throws {ClaimLost} to roll the transaction back. */
export async function saveArrival(sql: Sql, run: ClaimedRun, arrival: Arrival): Promise<boolean> {
  const rows = orderRows(arrival.orders);
  const changes = await classifyOrders(sql, rows, run.includeItems);
  const items = run.includeItems ? rows.reduce((sum, row) => sum + row.items.length, 0) : 0;
  const { pages, requests } = arrival;
  const counts = { pages, changes, rejected: arrival.rejected.length, items, requests };
  const cancelRequested = await moveCheckpoint(sql, run, arrival.checkpoint, counts);
  if (run.dryRun) return cancelRequested;
  await saveOrders(
    sql,
    rows.filter((_row, index) => changes[index] !== 'unchanged'),
    { includeItems: run.includeItems, at: arrival.at },
  );
  await setAside(sql, run.id, arrival.rejected);
  await takeBack(sql, rows);
  return cancelRequested;
}

/** The frozen bound; or the one that Amazon says it answered for, if that is earlier. */
function provenUntil(run: ClaimedRun, page: OrdersPage): Date {
  return page.lastUpdatedBefore < run.updatedBefore ? page.lastUpdatedBefore : run.updatedBefore;
}
