import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { MAX_CLOCK_SKEW_MS } from '../core/clock.js';
import { type SyncErrorCode, UserError } from '../core/errors.js';
import type { Database } from '../database/database.js';
import type { Sql } from '../database/sql.js';
import type { SyncRun, SyncTrigger } from '../generated/prisma/client.js';
import type { WaitReason } from '../spapi/http/call-watch.js';
import { type ClaimedRun, RUN_CANCELLED, RUN_CHANGED, RUN_COLUMNS, RUN_UNCLAIMED } from './run-row.js';

export interface NewRun {
  readonly updatedAfter: Date;
  readonly updatedBefore: Date;
  /** The searches that it makes, stored as JSON. */
  readonly legs: readonly object[];
  readonly trigger: SyncTrigger;
  readonly dryRun: boolean;
  readonly includeItems: boolean;
  readonly startedAt: Date;
  /** Whether it reads the last 48 hours again, whatever the cursors say. */
  readonly sweep: boolean;
  readonly estimatedFinishAt: Date | null;
}

/** How a run ended. */
export type Ending =
  | { readonly status: 'OK' }
  | { readonly status: 'CANCELLED' }
  | {
      readonly status: 'ERROR';
      readonly code: SyncErrorCode;
      readonly message: string;
      /** Whether only the owner can mend it, on the connection. */
      readonly lasting: boolean;
    };

/** The cursors from which a run was planned are others by now: plan it anew. */
export class PlanOutdated extends Error {
  override readonly name = 'PlanOutdated';
}

/**
 * Inserts a run that no process has claimed yet, and notifies the workers (`Worker` in sync/worker.ts listens on RUN_UNCLAIMED).
 * @param isOutdated checks the plan once the row is visible to others; none is needed where the plan rests on nothing
 * @throws {UserError} SYNC_ALREADY_RUNNING: a unique index allows one running run over all processes
 * @throws {PlanOutdated} when `isOutdated` resolves to true; no run is inserted then
 */
export async function createRun(
  database: Database,
  run: NewRun,
  isOutdated?: (sql: Sql) => Promise<boolean>,
): Promise<SyncRun> {
  return database.transaction(async (sql) => {
    const [created] = await sql.query<SyncRun>(
      `INSERT INTO sync_run (trigger, dry_run, include_items, started_at, updated_after, updated_before, legs, sweep,
                             estimated_finish_at, refused_marketplace_ids)
       VALUES ($1::sync_trigger, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, '{}')
       ON CONFLICT (status) WHERE status = 'RUNNING' DO NOTHING
       RETURNING ${RUN_COLUMNS}`,
      [
        run.trigger,
        run.dryRun,
        run.includeItems,
        run.startedAt,
        run.updatedAfter,
        run.updatedBefore,
        JSON.stringify(run.legs),
        run.sweep,
        run.estimatedFinishAt,
      ],
    );
    if (!created) throw await alreadyRunning(sql);
    if (await isOutdated?.(sql)) throw new PlanOutdated();
    await notify(sql, created.id, RUN_CHANGED, RUN_UNCLAIMED);
    return created;
  });
}

async function alreadyRunning(sql: Sql): Promise<UserError> {
  const [running] = await sql.query<SyncRun>(`SELECT ${RUN_COLUMNS} FROM sync_run WHERE status = 'RUNNING'`);
  return new UserError(
    'SYNC_ALREADY_RUNNING',
    'A sync is running already. Follow it with syncProgress, or stop it with cancelSync.',
    running ? { runId: running.id } : {},
  );
}

/** @throws {UserError} NOT_FOUND */
export async function readRun(sql: Sql, id: bigint): Promise<SyncRun> {
  const [run] = await sql.query<SyncRun>(`SELECT ${RUN_COLUMNS} FROM sync_run WHERE id = $1`, [id]);
  if (!run) throw new UserError('NOT_FOUND', `There is no sync run ${id}.`);
  return run;
}

/** The runs with an id above this one, oldest first. */
export async function readIdsAfter(sql: Sql, after: bigint): Promise<bigint[]> {
  const rows = await sql.query<{ id: bigint }>(`SELECT id FROM sync_run WHERE id > $1 ORDER BY id`, [after]);
  return rows.map(({ id }) => id);
}

/** The newest run that has ended, or 0: in one statement, so that no run that starts meanwhile falls between two. */
export async function readLastEndedId(sql: Sql): Promise<bigint> {
  const [last] = await sql.query<{ id: bigint }>(
    `SELECT coalesce(max(id), 0) AS id FROM sync_run WHERE status <> 'RUNNING'`,
  );
  return last?.id ?? 0n;
}

/** Whether the schedule has started a run between these instants, both included. */
export async function scheduledBetween(sql: Sql, from: Date, until: Date): Promise<boolean> {
  const rows = await sql.query(
    `SELECT id FROM sync_run WHERE trigger = 'SCHEDULE' AND started_at BETWEEN $1 AND $2 LIMIT 1`,
    [from, until],
  );
  return rows.length > 0;
}

/**
 * When the last sweep was started that came to its end, but for marketplaces that Amazon refuses.
 * @param now runs that started later were started by a clock that was wrong; they don't count
 */
export async function lastSweepAt(sql: Sql, now: Date): Promise<Date | null> {
  const [last] = await sql.query<{ at: Date | null }>(
    `SELECT max(started_at) AS at FROM sync_run
      WHERE sweep AND started_at <= $1 AND (status = 'OK' OR (status = 'ERROR' AND leg >= jsonb_array_length(legs)))`,
    [new Date(now.getTime() + MAX_CLOCK_SKEW_MS)],
  );
  return last?.at ?? null;
}

/**
 * Takes a run that nobody has claimed, or whose claim has lapsed (its process died or stalled); null when there is none.
 * @param id of the run that is wanted; null for whichever there is
 */
export async function claimRun(sql: Sql, leaseMs: number, id: bigint | null = null): Promise<ClaimedRun | null> {
  const [claimed] = await sql.query<ClaimedRun>(
    `UPDATE sync_run
        SET claim = $1, claimed_by = $2, heartbeat_at = now(), attempts = attempts + 1, waiting_until = NULL
      WHERE status = 'RUNNING' AND (claim IS NULL OR heartbeat_at < now() - $3 * interval '1 millisecond')
        AND ($4::bigint IS NULL OR id = $4)
      RETURNING ${RUN_COLUMNS}`,
    [randomUUID(), `${hostname()}:${process.pid}`, leaseMs, id],
  );
  return claimed ?? null;
}

/** Renews the claim; null when it was lost to another process or the run has ended. */
export async function heartbeat(sql: Sql, run: ClaimedRun): Promise<{ cancelRequested: boolean } | null> {
  const [alive] = await sql.query<{ cancelRequested: boolean }>(
    `UPDATE sync_run SET heartbeat_at = now() WHERE id = $1 AND claim = $2 AND status = 'RUNNING'
     RETURNING cancel_requested AS "cancelRequested"`,
    [run.id, run.claim],
  );
  return alive ?? null;
}

/** What a run waits for, and until when. */
export interface Wait {
  readonly until: Date;
  readonly reason: WaitReason | null;
}

/** Shows that the run waits, or with null that it goes on, and how many calls it has made. */
export async function recordWait(sql: Sql, run: ClaimedRun, wait: Wait | null, requests: number): Promise<void> {
  await sql.query(
    `WITH changed AS (
       UPDATE sync_run SET waiting_until = $3, waiting_for = $5, requests = greatest(requests, $4::int)
        WHERE id = $1 AND claim = $2 AND status = 'RUNNING'
       RETURNING id
     ) SELECT pg_notify('${RUN_CHANGED}', id::text) FROM changed`,
    [run.id, run.claim, wait?.until ?? null, requests, wait?.reason ?? null],
  );
}

/** Gives the run up for another process to go on with, from its last page. */
export async function releaseRun(sql: Sql, run: ClaimedRun, requests: number): Promise<void> {
  await sql.query(
    `WITH released AS (
       UPDATE sync_run
          SET claim = NULL, heartbeat_at = NULL, waiting_until = NULL, requests = $3, attempts = greatest(attempts - 1, 0)
        WHERE id = $1 AND claim = $2 AND status = 'RUNNING'
       RETURNING id
     ) SELECT pg_notify('${RUN_UNCLAIMED}', id::text) FROM released`,
    [run.id, run.claim, requests],
  );
}

/** Lets go of every claim: right only where no other process can be there (the embedded database, at its start). */
export async function releaseAllRuns(sql: Sql): Promise<void> {
  await sql.query(`UPDATE sync_run SET claim = NULL, heartbeat_at = NULL WHERE status = 'RUNNING'`);
}

/**
 * Marks the run for stopping, and tells its process; ends it at once where no process has it, or none that lives.
 * @throws {UserError} NOT_FOUND
 */
export async function requestCancel(database: Database, id: bigint, leaseMs: number, now: Date): Promise<SyncRun> {
  await database.transaction(async (sql) => {
    await sql.query(`UPDATE sync_run SET cancel_requested = true WHERE id = $1 AND status = 'RUNNING'`, [id]);
    await notify(sql, id, RUN_CHANGED, RUN_CANCELLED);
  });
  const orphan = await claimRun(database, leaseMs, id);
  if (orphan) await finishRun(database, orphan, { status: 'CANCELLED' }, { now, requests: orphan.requests });
  return readRun(database, id);
}

/** Ends the run, and tells the connection how it went (a dry run leaves no trace but its own row). */
export async function finishRun(
  database: Database,
  run: ClaimedRun,
  ending: Ending,
  { now, requests }: { now: Date; requests: number },
): Promise<SyncRun | null> {
  const failure = ending.status === 'ERROR' ? ending : null;
  return database.transaction(async (sql) => {
    const [finished] = await sql.query<SyncRun>(
      `UPDATE sync_run
          SET status = $3::sync_run_status, finished_at = $4, error_code = $5, error = $6, requests = $7,
              progress = CASE WHEN $3 = 'OK' THEN 1 ELSE progress END,
              waiting_until = NULL, estimated_finish_at = NULL, claim = NULL, page_token = NULL, page_query = NULL
        WHERE id = $1 AND claim = $2 AND status = 'RUNNING'
        RETURNING ${RUN_COLUMNS}`,
      [run.id, run.claim, ending.status, now, failure?.code ?? null, failure?.message ?? null, requests],
    );
    if (!finished) return null;
    if (!finished.dryRun) await tellConnection(sql, finished);
    await notify(sql, finished.id, RUN_CHANGED);
    return finished;
  });
}

async function tellConnection(sql: Sql, run: SyncRun): Promise<void> {
  await sql.query(
    `UPDATE amazon_connection
        SET last_orders_sync_status = $1::sync_run_status,
            last_orders_sync_error = $2,
            last_orders_sync_orders_count = $3,
            last_orders_sync_items_count = $4,
            last_orders_sync_at = CASE WHEN $1 = 'OK' THEN $5::timestamptz ELSE last_orders_sync_at END,
            updated_at = $5`,
    [run.status, run.error, run.ordersSeen, run.itemsSeen, run.finishedAt],
  );
}

async function notify(sql: Sql, id: bigint, ...channels: string[]): Promise<void> {
  await sql.query(`SELECT pg_notify(channel, $1) FROM unnest($2::text[]) AS channel`, [String(id), channels]);
}
