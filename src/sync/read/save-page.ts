import { textColumn } from '../../database/binary-columns.js';
import type { Database } from '../../database/database.js';
import type { Sql } from '../../database/sql.js';
import { type ChangeCounts, rowsAt } from '../../mirror/write/compare-orders.js';
import {
  columnsOf,
  type HeldVersions,
  MERGE,
  MERGE_VALUES,
  mergeValues,
  type OrderColumns,
} from '../../mirror/write/merge-orders.js';
import type { OrderRow } from '../../mirror/write/order-rows.js';
import { clearRejectionsSql, setAside } from '../../mirror/write/rejected-orders.js';
import { writeOrders } from '../../mirror/write/save-orders.js';
import { type Checkpoint, MOVE_VALUES, type Move, moveRunSql, moveValues, NUDGE } from '../../runs/checkpoint.js';
import { ClaimLost } from '../../runs/interruptions.js';
import type { ClaimedRun } from '../../runs/run-row.js';
import type { OrdersPage } from '../../spapi/orders/order-source.js';
import { moveCursors } from '../plan/cursors.js';
import type { Leg } from '../plan/window.js';
import { comparePage } from './compare-page.js';

/** Orders that came for a run, and where the run stands once they are in. */
export interface Arrival {
  readonly rows: readonly OrderRow[];
  readonly rejected: OrdersPage['rejected'];
  /** How many pages they are: 0 or 1. */
  readonly pages: number;
  readonly checkpoint: Checkpoint;
  /** All calls of the run so far. */
  readonly requests: number;
  /** When they came. */
  readonly at: Date;
  /** Of orders that were read by their ids: what the mirror held when they were asked for. */
  readonly held?: HeldVersions;
}

/** A page, as rows in place of orders, and where it stands in its search. */
export interface PageArrival extends Omit<Arrival, 'pages'>, Omit<OrdersPage, 'orders'> {
  readonly leg: Leg;
  /** Of the rows, where most of them are likely to be new or changed: then they are written without asking first. */
  readonly columns?: OrderColumns | undefined;
}

export interface Saved {
  /** Whether the run was asked to stop. */
  readonly cancelRequested: boolean;
  /** How many orders were new. */
  readonly inserted: number;
  /** How many were changed. */
  readonly updated: number;
}

/**
 * Writes a page. One of which nothing is new or changed is one statement, as any page of a dry run is. Else, in one
 * transaction: orders, items, ledger, what was set aside, the run's counters and its checkpoint, the cursors after the
 * last page of a search, and the nudge for who watches. The number of statements doesn't depend on the number of orders.
 * @throws {ClaimLost} with nothing written
 */
export async function savePage(database: Database, run: ClaimedRun, page: PageArrival): Promise<Saved> {
  const { includeItems, dryRun } = run;
  const { rows, leg, next, rejected } = page;
  const arrival = { ...page, pages: 1 };
  let write: Writing = { columns: page.columns, unchanged: 0 };
  if (write.columns === undefined || dryRun) {
    const doneWhen = dryRun ? 'always' : next !== null && rejected.length === 0 ? 'unchanged' : 'never';
    const move = moveOf(run, arrival);
    const compared = await comparePage(database, rows, move, { includeItems, doneWhen, takeBack: !dryRun });
    if (compared.done) return savedOf(compared, compared.cancelRequested);
    write = {
      columns: columnsOf(rowsAt(rows, compared.places), includeItems),
      unchanged: rows.length - compared.places.length,
    };
  }
  return writeOrders(
    database,
    async (sql) => {
      const saved = await save(sql, run, arrival, write);
      if (next === null) await moveCursors(sql, leg, provenUntil(run, page), { includeItems, now: page.at });
      return saved;
    },
    { durable: next === null },
  );
}

/** The same without a page's place in its search, within `writeOrders`. @throws {ClaimLost} to roll the transaction back. */
export async function saveArrival(sql: Sql, run: ClaimedRun, arrival: Arrival): Promise<Saved> {
  return save(sql, run, arrival, { unchanged: 0 });
}

interface Writing {
  /** Of those that are to be written; by default of all. */
  readonly columns?: OrderColumns | undefined;
  /** How many of the others are known to be unchanged. */
  readonly unchanged: number;
}

async function save(
  sql: Sql,
  run: ClaimedRun,
  arrival: Arrival,
  { columns = columnsOf(arrival.rows, run.includeItems, arrival.held), unchanged }: Writing,
): Promise<Saved> {
  const { rows } = arrival;
  const ids = rows.map((row) => row.amazonOrderId);
  const move = { ...moveOf(run, arrival), unchanged };
  const values = [...mergeValues(columns, { at: arrival.at }), ...moveValues(move), textColumn(ids)];
  const [found] = await sql.query<ChangeCounts & { cancelRequested: boolean | null }>(SAVE_PAGE_SQL, values, {
    prepare: true,
  });
  if (!found || found.cancelRequested === null) throw new ClaimLost();
  const read = new Set<string | null>(ids);
  await setAside(
    sql,
    run,
    arrival.rejected.filter((order) => !read.has(order.amazonOrderId)),
  );
  return savedOf(found, found.cancelRequested);
}

/** `$1` is whether items are included: only with them an order is read completely (clearRejectionsSql). */
export const SAVE_PAGE_SQL = `${MERGE}, moved AS (
    ${moveRunSql(MERGE_VALUES + 1)}
    RETURNING id, cancel_requested
  ), ${clearRejectionsSql(`$${MERGE_VALUES + MOVE_VALUES + 1}::text[]`)}
  SELECT inserted, updated, unchanged, moved.cancel_requested AS "cancelRequested",
         CASE WHEN moved.id IS NOT NULL THEN ${NUDGE} END
    FROM counted LEFT JOIN moved ON true`;

function savedOf({ inserted, updated }: ChangeCounts, cancelRequested: boolean): Saved {
  return { cancelRequested, inserted, updated };
}

function moveOf(run: ClaimedRun, arrival: Arrival): Move {
  const { rows, checkpoint: to, pages, requests, rejected } = arrival;
  const items = run.includeItems ? rows.reduce((sum, row) => sum + row.items.length, 0) : 0;
  return { run, to, pages, requests, rejected: rejected.length, items };
}

/** The frozen bound; or the one that Amazon says it answered for, if that is earlier. */
function provenUntil(
  run: ClaimedRun,
  { leg, lastUpdatedBefore }: Pick<PageArrival, 'leg' | 'lastUpdatedBefore'>,
): Date {
  const asked = leg.updatedBefore ?? run.updatedBefore;
  return lastUpdatedBefore < asked ? lastUpdatedBefore : asked;
}
