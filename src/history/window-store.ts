import { type Bind, bindings, type Database, type Sql } from '../database/database.js';
import { type ClaimedRun, notifyRunChanged, updateClaimedRun } from '../runs/run-store.js';
import type { PlannedWindow } from './plan.js';

/** PENDING: a report is to be created. REQUESTED: Amazon makes it. READY: it can be read. GAP: given up. */
export type WindowState = 'PENDING' | 'REQUESTED' | 'READY' | 'DONE' | 'GAP';

/** A row of `report_window`. */
export interface ReportWindow extends PlannedWindow {
  readonly id: bigint;
  readonly state: WindowState;
  readonly reportId: string | null;
  readonly documentId: string | null;
  readonly requestedAt: Date | null;
  /** When it may be continued; null: at once. */
  readonly nextStepAt: Date | null;
  readonly failures: number;
  /** Answers that Amazon has no data for it. */
  readonly emptyAnswers: number;
  /** The last failure; of a GAP why it was given up. */
  readonly reason: string | null;
  /** Orders in its report; null until it is DONE. */
  readonly orders: number | null;
}

const COLUMNS = `id, marketplace_ids AS "marketplaceIds", from_time AS "from", until_time AS "until",
  is_oldest AS "isOldest", state, report_id AS "reportId", document_id AS "documentId", requested_at AS "requestedAt",
  next_step_at AS "nextStepAt", failures, empty_answers AS "emptyAnswers", reason, orders`;

/** Returns all windows of the history, newest first. */
export function readHistoryWindows(sql: Sql): Promise<ReportWindow[]> {
  return sql.query<ReportWindow>(
    `SELECT ${COLUMNS} FROM report_window WHERE kind = 'HISTORY' ORDER BY until_time DESC, id`,
  );
}

/** Returns the windows of a run, newest first. */
export function readWindowsOf(sql: Sql, runId: bigint): Promise<ReportWindow[]> {
  return sql.query<ReportWindow>(
    `SELECT ${COLUMNS} FROM report_window WHERE run_id = $1 ORDER BY until_time DESC, id`,
    [runId],
  );
}

/** Inserts windows of a run, to be read, and returns their rows. */
export async function insertWindows(
  sql: Sql,
  run: { readonly id: bigint; readonly kind: string },
  windows: readonly PlannedWindow[],
): Promise<ReportWindow[]> {
  const rows: ReportWindow[] = [];
  for (const { marketplaceIds, from, until, isOldest } of windows)
    rows.push(
      ...(await sql.query<ReportWindow>(
        `INSERT INTO report_window (run_id, kind, marketplace_ids, from_time, until_time, is_oldest)
         VALUES ($1, $2::sync_run_kind, $3::text[], $4, $5, $6) RETURNING ${COLUMNS}`,
        [run.id, run.kind, marketplaceIds, from, until, isOldest],
      )),
    );
  return rows;
}

export async function deleteWindow(sql: Sql, id: bigint): Promise<void> {
  await sql.query('DELETE FROM report_window WHERE id = $1', [id]);
}

/**
 * Forgets what was planned and read of other marketplaces, unless it is whole: planned again, their history starts anew. A
 * report that is requested with a marketplace that Amazon refuses fails for all of them.
 */
export async function keepMarketplaces(sql: Sql, marketplaceIds: readonly string[]): Promise<void> {
  await sql.query(
    `WITH forgotten AS (
       SELECT array_agg(DISTINCT m.id) AS ids FROM report_window, unnest(marketplace_ids) AS m (id)
        WHERE kind = 'HISTORY' AND state <> 'DONE' AND m.id <> ALL ($1::text[])
     )
     UPDATE report_window SET marketplace_ids = ARRAY(SELECT m.id FROM unnest(marketplace_ids) AS m (id) WHERE m.id <> ALL (ids))
       FROM forgotten WHERE kind = 'HISTORY' AND marketplace_ids && ids`,
    [marketplaceIds],
  );
  await sql.query(`DELETE FROM report_window WHERE kind = 'HISTORY' AND marketplace_ids = '{}'`);
}

/** Gives all windows of the history that are not done to a run. Those that were given up start anew if `retryGaps`. */
export async function takeOverWindows(sql: Sql, run: { readonly id: bigint }, retryGaps: boolean): Promise<void> {
  await sql.query(
    `UPDATE report_window
        SET run_id = $1, next_step_at = NULL, failures = 0, empty_answers = 0,
            state = CASE WHEN state = 'GAP' THEN 'PENDING' ELSE state END
      WHERE kind = 'HISTORY' AND (state IN ('PENDING', 'REQUESTED', 'READY') OR ($2 AND state = 'GAP'))`,
    [run.id, retryGaps],
  );
}

/** What changes about a window. */
export type WindowChange = Partial<Omit<ReportWindow, 'id' | 'marketplaceIds' | 'from' | 'until' | 'isOldest'>>;

const CHANGEABLE: Readonly<Record<keyof WindowChange, readonly [column: string, type: string]>> = {
  state: ['state', 'text'],
  reportId: ['report_id', 'text'],
  documentId: ['document_id', 'text'],
  requestedAt: ['requested_at', 'timestamptz'],
  nextStepAt: ['next_step_at', 'timestamptz'],
  failures: ['failures', 'int'],
  emptyAnswers: ['empty_answers', 'int'],
  reason: ['reason', 'text'],
  orders: ['orders', 'int'],
};

/** Updates a window within a transaction that holds the run's claim. */
export async function updateWindow(sql: Sql, id: bigint, change: WindowChange, at: Date): Promise<void> {
  const { bind, values } = bindings();
  const set = Object.entries(change).map(([name, value]) => {
    const [column, type] = CHANGEABLE[name as keyof WindowChange];
    return `${column} = ${bind(value)}::${type}`;
  });
  if (change.state === 'DONE') set.push(`done_at = ${bind(at)}::timestamptz`);
  await sql.query(`UPDATE report_window SET ${set.join(', ')} WHERE id = ${bind(id)}`, values);
}

/**
 * Runs a transaction that changes windows of a run, behind its fencing token, and notifies the run's watchers.
 * @param progress SQL assignments of the run's row
 * @throws {LeaseLostError} with nothing written
 */
export async function changeWindows<T>(
  database: Database,
  run: ClaimedRun,
  progress: (bind: Bind) => string,
  work: (sql: Sql) => Promise<T>,
): Promise<T> {
  return database.transaction(async (sql) => {
    await updateClaimedRun(sql, run, progress);
    const result = await work(sql);
    await notifyRunChanged(sql, run.id);
    return result;
  });
}
