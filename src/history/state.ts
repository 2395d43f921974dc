import type { Database } from '../database/database.js';
import { type ReportWindow, readHistoryWindows } from './window-store.js';

/** What the mirror has of the orders from before the first sync. */
export interface HistoryState {
  readonly from: Date;
  readonly until: Date;
  /** Newest first. */
  readonly windows: readonly ReportWindow[];
  /** The running run, else the last one. */
  readonly runId: bigint | null;
}

type Reader = Pick<Database, 'query'>;

/** Returns the state of the history; null before its first run. */
export async function readHistory(sql: Reader): Promise<HistoryState | null> {
  const windows = await readHistoryWindows(sql);
  const [newest, oldest] = [windows[0], windows.at(-1)];
  if (!newest || !oldest) return null;
  const from = new Date(Math.min(...windows.map((window) => window.from.getTime())));
  return { from, until: newest.until, windows, runId: await lastRunId(sql, 'HISTORY') };
}

/** The result of a check. */
export interface CheckState {
  readonly runId: bigint;
  readonly ordersInReport: number;
  readonly missing: number;
  readonly stale: number;
  readonly unknown: number;
  readonly repaired: number;
  /** Amazon's ids of the orders that could not be repaired, or not yet. */
  readonly unresolved: readonly string[];
}

/** Returns the result of the last check, also while it runs; null before the first one. */
export async function readLastCheck(sql: Reader): Promise<CheckState | null> {
  const runId = await lastRunId(sql, 'CHECK');
  if (runId === null) return null;
  const [result] = await sql.query<Omit<CheckState, 'runId'>>(
    `SELECT (SELECT coalesce(sum(orders), 0)::int FROM report_window WHERE run_id = $1) AS "ordersInReport",
            count(*) FILTER (WHERE kind = 'MISSING')::int AS missing,
            count(*) FILTER (WHERE kind = 'STALE')::int AS stale,
            count(*) FILTER (WHERE kind = 'UNKNOWN')::int AS unknown,
            count(*) FILTER (WHERE state = 'REPAIRED')::int AS repaired,
            coalesce(array_agg(amazon_order_id ORDER BY amazon_order_id)
              FILTER (WHERE state IN ('FOUND', 'UNRESOLVED')), '{}') AS unresolved
       FROM check_finding WHERE run_id = $1`,
    [runId],
  );
  return result ? { runId, ...result } : null;
}

async function lastRunId(sql: Reader, kind: 'HISTORY' | 'CHECK'): Promise<bigint | null> {
  const [run] = await sql.query<{ id: bigint }>(
    'SELECT id FROM sync_run WHERE kind = $1::sync_run_kind ORDER BY id DESC LIMIT 1',
    [kind],
  );
  return run?.id ?? null;
}
