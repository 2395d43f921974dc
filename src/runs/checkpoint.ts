import type { Bind, Sql } from '../database/database.js';
import type { PageToken } from '../spapi/orders/order-source.js';
import { type ClaimedRun, RUN_CHANGED, updateClaimedRun } from './run-store.js';

/** Where a run continues if its process ends after this page. */
export interface Checkpoint {
  /** Index of the search to be read next; null keeps the stored one. */
  readonly searchIndex: number | null;
  /** The page of the search to be read next, and when its token came; null: the first one. */
  readonly next: (PageToken & { readonly at: Date }) | null;
  readonly progress: number | null;
  readonly estimatedFinishAt: Date | null;
}

/** The checkpoint of a run after a page, and what the page adds to the run's counters besides its ChangeCounts. */
export interface Move {
  readonly run: ClaimedRun;
  /** Null keeps the stored one. */
  readonly to: Checkpoint | null;
  readonly pages: number;
  readonly rejected: number;
  readonly items: number;
  /** All calls of the run until the page came. */
  readonly requests: number;
}

/**
 * Returns SQL that moves the run's checkpoint and counters, and notifies its watchers (run-feed.ts listens). It is fenced: it
 * updates and returns no row if the lease is lost. `waiting_until` is left alone: the next page's call sets it, while this
 * page is written. Needs `counted`, a table of one row of ChangeCounts.
 */
export function moveRunSql(bind: Bind, { run, to, pages, requests, rejected, items }: Move): string {
  return `
    UPDATE sync_run
       SET pages = pages + ${bind(pages)}::int, requests = greatest(requests, ${bind(requests)}::int),
           orders_seen = orders_seen + counted.inserted + counted.updated + counted.unchanged,
           orders_inserted = orders_inserted + counted.inserted, orders_updated = orders_updated + counted.updated,
           orders_unchanged = orders_unchanged + counted.unchanged,
           orders_rejected = orders_rejected + ${bind(rejected)}::int, items_seen = items_seen + ${bind(items)}::int,
           ${to ? checkpointSql(bind, to) : ''}
           heartbeat_at = clock_timestamp(), attempts = 0
      FROM counted
     WHERE id = ${bind(run.id)}::bigint AND claim = ${bind(run.claim)}::uuid AND status = 'RUNNING'
    RETURNING cancel_requested AS "cancelRequested", pg_notify('${RUN_CHANGED}', id::text)`;
}

function checkpointSql(bind: Bind, { searchIndex, next, progress, estimatedFinishAt }: Checkpoint): string {
  return `progress = ${bind(progress)}::float8, estimated_finish_at = ${bind(estimatedFinishAt)}::timestamptz,
           leg = coalesce(${bind(searchIndex)}::int, leg), page_query = ${bind(next?.query ?? null)}::text,
           page_token = ${bind(next?.token ?? null)}::text, page_token_at = ${bind(next?.at ?? null)}::timestamptz,`;
}

/**
 * Moves these counts of a dry run to `orders_unchanged`, before the same orders are read again. A real run has written them
 * by then, so it counts them as unchanged the second time.
 */
export async function countAsUnchanged(
  sql: Sql,
  run: ClaimedRun,
  { inserted, updated }: { readonly inserted: number; readonly updated: number },
): Promise<void> {
  await updateClaimedRun(
    sql,
    run,
    (bind) => `
      orders_inserted = orders_inserted - ${bind(inserted)}::int, orders_updated = orders_updated - ${bind(updated)}::int,
      orders_unchanged = orders_unchanged + ${bind(inserted + updated)}::int`,
  );
}
