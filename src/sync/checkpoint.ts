import type { Sql } from '../database/sql.js';
import type { PageToken } from '../spapi/order-source.js';
import { ClaimLost } from './interruptions.js';
import { type ClaimedRun, RUN_CHANGED } from './run-row.js';
import type { Change } from './save-orders.js';

/** How far a run is after a page. */
export interface Checkpoint {
  /** The leg that is read next; null leaves it. */
  readonly leg: number | null;
  /** The page of it that is read next, and when its token came; null: the first one. */
  readonly next: (PageToken & { readonly at: Date }) | null;
  readonly progress: number | null;
  readonly estimatedFinishAt: Date | null;
}

/** What a page adds to the run's counters. */
export interface Counts {
  readonly pages: number;
  readonly changes: readonly Change[];
  readonly rejected: number;
  readonly items: number;
  /** All calls of the run when the page came. */
  readonly requests: number;
}

/**
 * The fence: moves the run's counters and checkpoint, and nudges who watches. No row changes unless the claim still
 * holds, and then nothing else of the transaction may stay. What the run waits for is left as it is: the next page's call
 * says that, while this one is written. Returns whether the run was asked to stop.
 * @throws {ClaimLost}
 */
export async function moveCheckpoint(sql: Sql, run: ClaimedRun, to: Checkpoint, counts: Counts): Promise<boolean> {
  const count = (change: Change) => counts.changes.filter((each) => each === change).length;
  const [moved] = await sql.query<{ cancelRequested: boolean }>(CHECKPOINT_SQL, [
    run.id,
    run.claim,
    counts.pages,
    counts.requests,
    counts.changes.length,
    count('inserted'),
    count('updated'),
    count('unchanged'),
    counts.rejected,
    counts.items,
    to.progress,
    to.estimatedFinishAt,
    to.leg,
    to.next?.query ?? null,
    to.next?.token ?? null,
    to.next?.at ?? null,
  ]);
  if (!moved) throw new ClaimLost();
  return moved.cancelRequested;
}

const CHECKPOINT_SQL = `
  WITH moved AS (
    UPDATE sync_run
       SET pages = pages + $3::int, requests = greatest(requests, $4::int),
           orders_seen = orders_seen + $5::int, orders_inserted = orders_inserted + $6::int,
           orders_updated = orders_updated + $7::int, orders_unchanged = orders_unchanged + $8::int,
           orders_rejected = orders_rejected + $9::int, items_seen = items_seen + $10::int,
           progress = $11, estimated_finish_at = $12, leg = coalesce($13::int, leg), page_query = $14, page_token = $15, page_token_at = $16,
           heartbeat_at = clock_timestamp(), attempts = 0
     WHERE id = $1 AND claim = $2 AND status = 'RUNNING'
    RETURNING id, cancel_requested
  )
  SELECT cancel_requested AS "cancelRequested", pg_notify('${RUN_CHANGED}', id::text)::text FROM moved`;
