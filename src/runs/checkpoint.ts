import type { Sql } from '../database/sql.js';
import type { PageToken } from '../spapi/orders/order-source.js';
import { type ClaimedRun, RUN_CHANGED } from './run-row.js';

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
  /** Orders of the page of which is known that they are unchanged, and which the statement is not given. */
  readonly unchanged?: number;
}

/** How many values moveRunSql takes. */
export const MOVE_VALUES = 13;

/** The values of moveRunSql. */
export function moveValues({ run, to, pages, requests, rejected, items, unchanged = 0 }: Move): unknown[] {
  const { leg, next, progress, estimatedFinishAt } = to;
  const page = [next?.query ?? null, next?.token ?? null, next?.at ?? null];
  return [run.id, run.claim, pages, requests, rejected, items, progress, estimatedFinishAt, leg, ...page, unchanged];
}

/**
 * The fence: no row changes unless the claim still holds. What the run waits for is left as it is: the next page's call
 * says that, while this one is written. Needs `counted`, a table of one row of ChangeCounts.
 * @param first the number of its first value
 */
export function moveRunSql(first: number): string {
  const value = (place: number) => `$${first + place}`;
  const unchanged = `counted.unchanged + ${value(12)}::int`;
  return `
  UPDATE sync_run
     SET pages = pages + ${value(2)}::int, requests = greatest(requests, ${value(3)}::int),
         orders_seen = orders_seen + counted.inserted + counted.updated + ${unchanged},
         orders_inserted = orders_inserted + counted.inserted, orders_updated = orders_updated + counted.updated,
         orders_unchanged = orders_unchanged + ${unchanged},
         orders_rejected = orders_rejected + ${value(4)}::int, items_seen = items_seen + ${value(5)}::int,
         progress = ${value(6)}::float8, estimated_finish_at = ${value(7)}::timestamptz,
         leg = coalesce(${value(8)}::int, leg), page_query = ${value(9)}::text, page_token = ${value(10)}::text,
         page_token_at = ${value(11)}::timestamptz,
         heartbeat_at = clock_timestamp(), attempts = 0
    FROM counted
   WHERE id = ${value(0)}::bigint AND claim = ${value(1)}::uuid AND status = 'RUNNING'`;
}

/**
 * Of a dry run: these orders, which it counted as new or changed, are read again. A real run, which has written them, counts
 * them as unchanged the second time; so does a dry run by this.
 */
export async function countAsUnchanged(
  sql: Sql,
  run: ClaimedRun,
  { inserted, updated }: { readonly inserted: number; readonly updated: number },
): Promise<void> {
  await sql.query(
    `UPDATE sync_run
        SET orders_inserted = orders_inserted - $3::int, orders_updated = orders_updated - $4::int,
            orders_unchanged = orders_unchanged + $3::int + $4::int
      WHERE id = $1 AND claim = $2 AND status = 'RUNNING'`,
    [run.id, run.claim, inserted, updated],
  );
}

/** Nudges who watches. */
export const NUDGE = `pg_notify('${RUN_CHANGED}', id::text)::text`;
