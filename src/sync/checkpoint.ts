import type { Sql } from '../database/sql.js';
import type { PageToken } from '../spapi/order-source.js';
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

/** What a page adds to the run's counters, besides what becomes of its orders. */
export interface Counts {
  readonly pages: number;
  readonly rejected: number;
  readonly items: number;
  /** All calls of the run so far. */
  readonly requests: number;
}

/** How many of a page's orders are of each kind. */
export interface ChangeCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
}

/** $1 to $12 of MOVE_RUN. */
export function moveValues(run: ClaimedRun, to: Checkpoint, counts: Counts): unknown[] {
  const { next } = to;
  return [
    run.id,
    run.claim,
    counts.pages,
    counts.requests,
    counts.rejected,
    counts.items,
    to.progress,
    to.estimatedFinishAt,
    to.leg,
    next?.query ?? null,
    next?.token ?? null,
    next?.at ?? null,
  ];
}

/** The fence: no row changes unless the claim still holds. Needs `counted`, a table of one row of ChangeCounts. */
export const MOVE_RUN = `
  UPDATE sync_run
     SET pages = pages + $3::int, requests = $4::int,
         orders_seen = orders_seen + counted.inserted + counted.updated + counted.unchanged,
         orders_inserted = orders_inserted + counted.inserted, orders_updated = orders_updated + counted.updated,
         orders_unchanged = orders_unchanged + counted.unchanged,
         orders_rejected = orders_rejected + $5::int, items_seen = items_seen + $6::int,
         progress = $7::float8, estimated_finish_at = $8::timestamptz, leg = coalesce($9::int, leg),
         page_query = $10::text, page_token = $11::text, page_token_at = $12::timestamptz,
         waiting_until = NULL, heartbeat_at = clock_timestamp(), attempts = 0
    FROM counted
   WHERE id = $1::bigint AND claim = $2::uuid AND status = 'RUNNING'`;

/**
 * Moves the run's counters and checkpoint, nudges who watches, and locks the mirror. Orders that were read after all
 * (`ids`) are set aside no more. Returns whether the run was asked to stop.
 * @throws {ClaimLost} and then nothing else of the transaction may stay
 */
export async function moveCheckpoint(
  sql: Sql,
  moved: ReturnType<typeof moveValues>,
  { inserted, updated, unchanged }: ChangeCounts,
  ids: readonly string[],
): Promise<boolean> {
  const values = [...moved, inserted, updated, unchanged, ids];
  const [row] = await sql.query<{ cancelRequested: boolean }>(CHECKPOINT_SQL, values, { prepare: true });
  if (!row) throw new ClaimLost();
  return row.cancelRequested;
}

/** Nudges who watches. */
export const NUDGE = `pg_notify('${RUN_CHANGED}', id::text)::text`;

const CHECKPOINT_SQL = `
  WITH counted AS (
    SELECT $13::int AS inserted, $14::int AS updated, $15::int AS unchanged
  ), moved AS (
    ${MOVE_RUN}
    RETURNING id, cancel_requested
  ), taken_back AS (
    DELETE FROM rejected_order USING moved WHERE amazon_order_id = ANY ($16::text[])
  )
  SELECT cancel_requested AS "cancelRequested", ${NUDGE}, ${LOCK_MIRROR} FROM moved`;
