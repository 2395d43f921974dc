import type { Database } from '../database/database.js';
import type { Sql } from '../database/sql.js';
import type { OrdersPage } from '../spapi/order-source.js';
import { type Checkpoint, type Move, moveCheckpoint } from './checkpoint.js';
import { rowsAt } from './compare-orders.js';
import { type Compared, type CompareOptions, comparePage } from './compare-page.js';
import { moveCursors } from './cursors.js';
import { type OrderRow, orderRows } from './order-rows.js';
import { setAside } from './rejected-orders.js';
import type { ClaimedRun } from './run-row.js';
import { saveOrders } from './save-orders.js';
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

/** A page, and where it stands in its search. */
export interface PageArrival extends Pick<Arrival, 'checkpoint' | 'requests' | 'at'> {
  readonly page: OrdersPage;
  readonly leg: Leg;
  readonly rows?: readonly OrderRow[];
}

/**
 * Writes a page. One of which nothing is new or changed is one statement, as any page of a dry run is. Else, in one
 * transaction: orders, items, ledger, what was set aside, the run's counters and its checkpoint, the cursors after the
 * last page of a search, and the nudge for who watches. The number of statements doesn't depend on the number of orders.
 * Returns whether the run was asked to stop.
 * @param rows of the page's orders, where they are made already
 * @throws {ClaimLost} with nothing written
 */
export async function savePage(
  database: Database,
  run: ClaimedRun,
  { page, leg, rows = orderRows(page.orders), ...rest }: PageArrival,
): Promise<boolean> {
  const arrival = { ...page, ...rest, pages: 1 };
  const bare = page.next !== null && page.rejected.length === 0;
  const doneWhen = run.dryRun ? 'always' : bare ? 'unchanged' : 'never';
  const compared = await compare(database, run, arrival, rows, doneWhen);
  if (compared.done) return compared.cancelRequested;
  return database.transaction(async (sql) => {
    const cancelRequested = await write(sql, run, arrival, rows, compared);
    if (page.next === null) await moveCursors(sql, leg, provenUntil(run, page), run.includeItems);
    return cancelRequested;
  });
}

/** The same without a page's place in its search. @throws {ClaimLost} to roll the transaction back. */
export async function saveArrival(sql: Sql, run: ClaimedRun, arrival: Arrival): Promise<boolean> {
  const rows = orderRows(arrival.orders);
  const compared = await compare(sql, run, arrival, rows, run.dryRun ? 'always' : 'never');
  return compared.done ? compared.cancelRequested : write(sql, run, arrival, rows, compared);
}

function compare(
  sql: Sql,
  run: ClaimedRun,
  arrival: Arrival,
  rows: readonly OrderRow[],
  doneWhen: CompareOptions['doneWhen'],
): Promise<Compared> {
  const { includeItems } = run;
  return comparePage(sql, rows, moveOf(run, arrival, rows), { includeItems, doneWhen, takeBack: !run.dryRun });
}

async function write(
  sql: Sql,
  run: ClaimedRun,
  arrival: Arrival,
  rows: readonly OrderRow[],
  compared: Compared,
): Promise<boolean> {
  const ids = rows.map((row) => row.amazonOrderId);
  const cancelRequested = await moveCheckpoint(sql, moveOf(run, arrival, rows), compared, ids);
  await saveOrders(sql, rowsAt(rows, compared.places), { includeItems: run.includeItems, at: arrival.at });
  const read = new Set<string | null>(ids);
  await setAside(
    sql,
    run.id,
    arrival.rejected.filter((order) => !read.has(order.amazonOrderId)),
  );
  return cancelRequested;
}

function moveOf(run: ClaimedRun, arrival: Arrival, rows: readonly OrderRow[]): Move {
  const { checkpoint: to, pages, requests, rejected } = arrival;
  const items = run.includeItems ? rows.reduce((sum, row) => sum + row.items.length, 0) : 0;
  return { run, to, pages, requests, rejected: rejected.length, items };
}

/** The frozen bound; or the one that Amazon says it answered for, if that is earlier. */
function provenUntil(run: ClaimedRun, page: OrdersPage): Date {
  return page.lastUpdatedBefore < run.updatedBefore ? page.lastUpdatedBefore : run.updatedBefore;
}
