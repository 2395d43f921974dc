import type { Sql } from '../database/sql.js';
import type { PageToken } from '../spapi/order-source.js';
import type { ChangeCounts } from './compare-orders.js';
import { ClaimLost } from './interruptions.js';
import { type ClaimedRun, RUN_CHANGED } from './run-row.js';
import { LOCK_MIRROR } from './save-orders.js';

/** How far a run is after a page. */
export interface Checkpoint {
  /** The leg that is read next; null leaves it. */
  readonly leg: number | null;
  /** The page of it that is read next, and when its token came; null: the first one. */
  readonly next: (PageToken & { readonly at: Date }) | null;
  readonly progress: number | null;
  readonly estimatedFinishAt: Date | null;
}

/** Where a run stands after a page, and what that adds to its counters, besides what becomes of the page's orders. */
export interface Move {
  readonly run: ClaimedRun;
  readonly to: Checkpoint;
  readonly pages: number;
  readonly rejected: number;
  readonly items: number;
  /** All calls of the run when the page came. */
  readonly requests: number;
}

/** The twelve values of moveRunSql. */
export function moveValues({ run, to, pages, requests, rejected, items }: Move): unknown[] {
  const { leg, next, progress, estimatedFinishAt } = to;
  const page = [next?.query ?? null, next?.token ?? null, next?.at ?? null];
  return [run.id, run.claim, pages, requests, rejected, items, progress, estimatedFinishAt, leg, ...page];
}

/**
 * The fence: no row changes unless the claim still holds. What the run waits for is left as it is: the next page's call
 * says that, while this one is written. Needs `counted`, a table of one row of ChangeCounts.
 * @param first the number of its first value
 */
export function moveRunSql(first: number): string {
  const value = (place: number) => `$${first + place}`;
  return `
  UPDATE sync_run
     SET pages = pages + ${value(2)}::int, requests = greatest(requests, ${value(3)}::int),
         orders_seen = orders_seen + counted.inserted + counted.updated + counted.unchanged,
         orders_inserted = orders_inserted + counted.inserted, orders_updated = orders_updated + counted.updated,
         orders_unchanged = orders_unchanged + counted.unchanged,
         orders_rejected = orders_rejected + ${value(4)}::int, items_seen = items_seen + ${value(5)}::int,
         progress = ${value(6)}::float8, estimated_finish_at = ${value(7)}::timestamptz,
         leg = coalesce(${value(8)}::int, leg), page_query = ${value(9)}::text, page_token = ${value(10)}::text,
         page_token_at = ${value(11)}::timestamptz,
         heartbeat_at = clock_timestamp(), attempts = 0
    FROM counted
   WHERE id = ${value(0)}::bigint AND claim = ${value(1)}::uuid AND status = 'RUNNING'`;
}

/** Nudges who watches. */
export const NUDGE = `pg_notify('${RUN_CHANGED}', id::text)::text`;

/**
 * Moves the run's counters and checkpoint, nudges who watches, and locks the mirror. Orders that were read after all
 * (`ids`) are set aside no more. Returns whether the run was asked to stop.
 * @throws {ClaimLost} and then nothing else of the transaction may stay
 */
export async function moveCheckpoint(
  sql: Sql,
  move: Move,
  { inserted, updated, unchanged }: ChangeCounts,
  ids: readonly string[],
): Promise<boolean> {
  const values = [...moveValues(move), inserted, updated, unchanged, ids];
  const [row] = await sql.query<{ cancelRequested: boolean }>(CHECKPOINT_SQL, values, { prepare: true });
  if (!row) throw new ClaimLost();
  return row.cancelRequested;
}

const CHECKPOINT_SQL = `
  WITH counted AS (
    SELECT $13::int AS inserted, $14::int AS updated, $15::int AS unchanged
  ), moved AS (
    ${moveRunSql(1)}
    RETURNING id, cancel_requested
  ), taken_back AS (
    DELETE FROM rejected_order USING moved WHERE amazon_order_id = ANY ($16::text[])
  )
  SELECT cancel_requested AS "cancelRequested", ${NUDGE}, ${LOCK_MIRROR} FROM moved`;
