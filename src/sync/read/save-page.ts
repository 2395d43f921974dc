import { bindings, type Database, type Sql } from '../../database/database.js';
import type { OrderChangeSource, SyncRunKind } from '../../generated/prisma/client.js';
import { type ChangeCounts, type HeldVersions, mergeSql } from '../../mirror/write/merge-orders.js';
import type { OrderRow } from '../../mirror/write/order-rows.js';
import { rejectOrders } from '../../mirror/write/rejected-orders.js';
import { writeOrders } from '../../mirror/write/save-orders.js';
import { type Checkpoint, type Move, moveRunSql } from '../../runs/checkpoint.js';
import { type ClaimedRun, LeaseLostError } from '../../runs/run-store.js';
import type { OrdersPage } from '../../spapi/orders/order-source.js';
import { moveCursors } from '../plan/cursors.js';
import type { Search } from '../plan/window.js';

/** Orders that a run read, and the run's checkpoint once they are stored. */
export interface Arrival {
  /** At most one row per order. */
  readonly rows: readonly OrderRow[];
  readonly rejected: OrdersPage['rejected'];
  /** Pages to count: 1, or 0 for orders that were read by their ids. */
  readonly pages: number;
  /** Null keeps the stored one. */
  readonly checkpoint: Checkpoint | null;
  /** All calls of the run so far. */
  readonly requests: number;
  /** When they came. */
  readonly at: Date;
  /** For orders read by id: the versions that were stored at the time of the request. */
  readonly held?: HeldVersions;
  /** Writes orders whose content is unchanged, too. */
  readonly rewriteUnchanged?: boolean;
  /** The result of `saveArrivalStatement`, if it was built while the previous page was saved. */
  readonly statement?: { readonly text: string; readonly values: unknown[] };
}

/** A page of a search, as rows in place of orders. */
export interface PageArrival extends Omit<Arrival, 'pages'>, Omit<OrdersPage, 'orders'> {
  readonly search: Search;
}

export interface Saved extends ChangeCounts {
  readonly cancelRequested: boolean;
}

/**
 * Saves a page in one transaction: orders, items, ledger, rejected orders, the run's counters and checkpoint, after the last
 * page of a search the cursors, and the notification of the run's watchers. How many statements it takes does not depend on
 * the number of orders. A dry run rolls all of it back, and keeps its own row's counters and checkpoint.
 * @throws {LeaseLostError} with nothing written
 */
export async function savePage(database: Database, run: ClaimedRun, page: PageArrival): Promise<Saved> {
  const arrival = { ...page, pages: 1 };
  const { includeItems, dryRun } = run;
  return writeOrders(database, async (sql) => {
    if (dryRun) return saveDryRun(sql, run, arrival);
    const saved = await saveArrival(sql, run, arrival);
    if (page.next === null) await moveCursors(sql, page.search, provenUntil(run, page), { includeItems, now: page.at });
    return saved;
  });
}

/** Saves orders that are no page of a search. Within `writeOrders` only. @throws {LeaseLostError} to roll the transaction back */
export async function saveArrival(sql: Sql, run: ClaimedRun, arrival: Arrival): Promise<Saved> {
  const { text, values } = arrival.statement ?? saveArrivalStatement(run, arrival);
  const [saved] = await sql.query<Saved>(text, values, { prepare: true });
  if (!saved) throw new LeaseLostError();
  const read = new Set<string | null>(arrival.rows.map((row) => row.amazonOrderId));
  await rejectOrders(
    sql,
    run,
    arrival.rejected.filter((order) => !read.has(order.amazonOrderId)),
  );
  return saved;
}

/** The history is what was before: its orders are no changes. */
const CHANGE_SOURCES: Readonly<Record<SyncRunKind, OrderChangeSource | null>> = {
  ORDERS: 'SYNC',
  HISTORY: null,
  CHECK: 'CHECK',
};

/** Returns the statement that merges the orders and moves the run; it returns no row if the lease is lost. */
export function saveArrivalStatement(run: ClaimedRun, arrival: Arrival): { text: string; values: unknown[] } {
  const { rows, at, held, rewriteUnchanged = false } = arrival;
  const { bind, values } = bindings();
  const merge = mergeSql(bind, rows, {
    includeItems: run.includeItems,
    runId: run.id,
    at,
    changeSource: CHANGE_SOURCES[run.kind],
    rewriteUnchanged,
    ...(held && { held }),
  });
  const text = `${merge}, moved AS (${moveRunSql(bind, moveOf(run, arrival))}
  )
  SELECT inserted, updated, unchanged, "cancelRequested" FROM counted CROSS JOIN moved`;
  return { text, values };
}

async function saveDryRun(sql: Sql, run: ClaimedRun, arrival: Arrival): Promise<Saved> {
  await sql.query('SAVEPOINT dry_run');
  const { inserted, updated, unchanged } = await saveArrival(sql, run, arrival);
  await sql.query('ROLLBACK TO SAVEPOINT dry_run');
  const { bind, values } = bindings();
  const counts = `${bind(inserted)}::int AS inserted, ${bind(updated)}::int AS updated, ${bind(unchanged)}::int AS unchanged`;
  const [saved] = await sql.query<Saved>(
    `WITH counted AS (SELECT ${counts}), moved AS (${moveRunSql(bind, moveOf(run, arrival))}
     )
     SELECT inserted, updated, unchanged, "cancelRequested" FROM counted CROSS JOIN moved`,
    values,
    { prepare: true },
  );
  if (!saved) throw new LeaseLostError();
  return saved;
}

function moveOf(run: ClaimedRun, { rows, checkpoint: to, pages, requests, rejected }: Arrival): Move {
  const items = run.includeItems ? rows.reduce((sum, row) => sum + row.items.length, 0) : 0;
  return { run, to, pages, requests, rejected: rejected.length, items };
}

/** Returns the search's upper bound, or the `lastUpdatedBefore` of Amazon's answer if that is earlier. */
function provenUntil(
  run: ClaimedRun,
  { search, lastUpdatedBefore }: Pick<PageArrival, 'search' | 'lastUpdatedBefore'>,
): Date {
  const asked = search.updatedBefore ?? run.updatedBefore;
  return lastUpdatedBefore < asked ? lastUpdatedBefore : asked;
}
