import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { MAX_CLOCK_SKEW_MS } from '../core/clock.js';
import { type SyncErrorCode, UserError } from '../core/errors.js';
import { type Bind, bindings, type Database, type Sql } from '../database/database.js';
import type { SyncRun, SyncRunKind, SyncTrigger } from '../generated/prisma/client.js';
import type { WaitReason } from '../spapi/http/call-watch.js';

/**
 * Channels of `pg_notify`, sent in the transaction that changes the row; the payload is the run's id. `RunFeed` (run-feed.ts)
 * listens on RUN_CHANGED, `Worker` (worker.ts) on RUN_UNCLAIMED and RUN_CANCELLED.
 */
export const RUN_CHANGED = 'sync_run';
export const RUN_UNCLAIMED = 'sync_run_unclaimed';
export const RUN_CANCELLED = 'sync_run_cancel';

/** A run that this process may write: `claim` is its fencing token. */
export type ClaimedRun = SyncRun & { readonly claim: string };

export interface NewRun {
  readonly kind: SyncRunKind;
  readonly updatedAfter: Date;
  readonly updatedBefore: Date;
  /** The searches of a run of kind ORDERS, stored as JSON in `legs`; the row's `leg` is the index of the current one. */
  readonly searches: readonly object[];
  readonly trigger: SyncTrigger;
  readonly dryRun: boolean;
  readonly includeItems: boolean;
  readonly startedAt: Date;
  /** Whether it is the daily run that reads the last 48 hours again. */
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
      /** Whether only the owner can fix it, in the connection. */
      readonly lasting: boolean;
    };

/** The cursors that a run was planned from have changed since. */
export class PlanOutdatedError extends Error {
  override readonly name = 'PlanOutdatedError';
}

/** Another process has claimed the run, or the run has ended: this process must not write it any more. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** The run was asked to stop. */
export class CancelRequestedError extends Error {
  override readonly name = 'CancelRequestedError';
}

/** The process is shutting down; another process, or its next start, continues the run. */
export class ShutdownError extends Error {
  override readonly name = 'ShutdownError';
}

/** The columns of `sync_run` under Prisma's names, so that hand-written SQL returns the same type. */
const RUN_COLUMNS = `
  id, kind, status, trigger, dry_run AS "dryRun", include_items AS "includeItems", started_at AS "startedAt",
  finished_at AS "finishedAt", updated_after AS "updatedAfter", updated_before AS "updatedBefore", pages, requests,
  orders_seen AS "ordersSeen", orders_inserted AS "ordersInserted", orders_updated AS "ordersUpdated",
  orders_unchanged AS "ordersUnchanged", orders_rejected AS "ordersRejected", items_seen AS "itemsSeen", progress,
  waiting_until AS "waitingUntil", waiting_for AS "waitingFor", error_code AS "errorCode", error, legs, leg,
  page_query AS "pageQuery", page_token AS "pageToken", page_token_at AS "pageTokenAt", claim, claimed_by AS "claimedBy",
  heartbeat_at AS "heartbeatAt", attempts, cancel_requested AS "cancelRequested", sweep,
  estimated_finish_at AS "estimatedFinishAt", coalesce(refused_marketplace_ids, '{}') AS "refusedMarketplaceIds",
  orders_unreadable AS "ordersUnreadable", coalesce(unreadable_order_ids, '{}') AS "unreadableOrderIds"`;

/**
 * Inserts a run that no process has claimed yet, and notifies the workers (`Worker` in worker.ts listens on
 * RUN_UNCLAIMED and claims it).
 * @param prepare runs after the insert, in the same transaction: checks the plan, inserts what belongs to the run
 * @throws {UserError} SYNC_ALREADY_RUNNING: a unique index allows one running run of each kind over all processes
 * @throws what `prepare` throws, such as {PlanOutdatedError}; no run is inserted
 */
export async function createRun(
  database: Database,
  run: NewRun,
  prepare?: (sql: Sql, run: SyncRun) => Promise<void>,
): Promise<SyncRun> {
  return database.transaction(async (sql) => {
    const [created] = await sql.query<SyncRun>(
      `INSERT INTO sync_run (trigger, dry_run, include_items, started_at, updated_after, updated_before, legs, sweep,
                             estimated_finish_at, kind, refused_marketplace_ids)
       VALUES ($1::sync_trigger, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10::sync_run_kind, '{}')
       ON CONFLICT (kind) WHERE status = 'RUNNING' DO NOTHING
       RETURNING ${RUN_COLUMNS}`,
      [
        run.trigger,
        run.dryRun,
        run.includeItems,
        run.startedAt,
        run.updatedAfter,
        run.updatedBefore,
        JSON.stringify(run.searches),
        run.sweep,
        run.estimatedFinishAt,
        run.kind,
      ],
    );
    if (!created) throw await alreadyRunning(sql, run.kind);
    await prepare?.(sql, created);
    await notify(sql, created.id, RUN_CHANGED, RUN_UNCLAIMED);
    return created;
  });
}

const RUN_NAMES: Readonly<Record<SyncRunKind, string>> = {
  ORDERS: 'A sync',
  HISTORY: 'A run of the history',
  CHECK: 'A check',
};

async function alreadyRunning(sql: Sql, kind: SyncRunKind): Promise<UserError> {
  const [running] = await sql.query<{ runId: bigint }>(
    `SELECT id AS "runId" FROM sync_run WHERE status = 'RUNNING' AND kind = $1::sync_run_kind`,
    [kind],
  );
  return new UserError(
    'SYNC_ALREADY_RUNNING',
    `${RUN_NAMES[kind]} is running already. Follow it with syncProgress, or stop it with cancelSync.`,
    { ...running },
  );
}

/** @throws {UserError} NOT_FOUND */
export async function readRun(sql: Sql, id: bigint): Promise<SyncRun> {
  const [run] = await sql.query<SyncRun>(`SELECT ${RUN_COLUMNS} FROM sync_run WHERE id = $1`, [id]);
  if (!run) throw new UserError('NOT_FOUND', `There is no sync run ${id}. List the runs with syncRuns.`);
  return run;
}

/** Returns the ids of runs of this kind above this one, in ascending order. */
export async function readIdsAfter(sql: Sql, kind: SyncRunKind, after: bigint): Promise<bigint[]> {
  const rows = await sql.query<{ id: bigint }>(
    'SELECT id FROM sync_run WHERE kind = $1::sync_run_kind AND id > $2 ORDER BY id',
    [kind, after],
  );
  return rows.map(({ id }) => id);
}

/** Returns the highest id of a run of this kind that has ended, or 0. */
export async function readLastEndedId(sql: Sql, kind: SyncRunKind): Promise<bigint> {
  const [last] = await sql.query<{ id: bigint }>(
    `SELECT coalesce(max(id), 0) AS id FROM sync_run WHERE kind = $1::sync_run_kind AND status <> 'RUNNING'`,
    [kind],
  );
  return last?.id ?? 0n;
}

/** Whether the schedule started a run of kind ORDERS between these instants, both included. */
export async function scheduledBetween(sql: Sql, from: Date, until: Date): Promise<boolean> {
  const rows = await sql.query(
    `SELECT id FROM sync_run WHERE kind = 'ORDERS' AND trigger = 'SCHEDULE' AND started_at BETWEEN $1 AND $2 LIMIT 1`,
    [from, until],
  );
  return rows.length > 0;
}

/**
 * Returns when the last complete sweep was started. Marketplaces that Amazon refused don't make it incomplete.
 * @param now later runs are ignored: a wrong clock started them
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
 * Claims a run that no process has claimed, or whose lease has expired (its process died or stalled); null if there is none.
 * @param which its kind or its id
 */
export async function claimRun(sql: Sql, leaseMs: number, which: SyncRunKind | bigint): Promise<ClaimedRun | null> {
  const [claimed] = await sql.query<ClaimedRun>(
    `UPDATE sync_run
        SET claim = $1, claimed_by = $2, heartbeat_at = now(), attempts = attempts + 1, waiting_until = NULL
      WHERE status = 'RUNNING' AND (claim IS NULL OR heartbeat_at < now() - $3 * interval '1 millisecond')
        AND ${typeof which === 'bigint' ? 'id = $4' : 'kind = $4::sync_run_kind'}
      RETURNING ${RUN_COLUMNS}`,
    [randomUUID(), `${hostname()}:${process.pid}`, leaseMs, which],
  );
  return claimed ?? null;
}

/**
 * Updates the row of a claimed run. The claim is the fence: after a takeover this process writes nothing.
 * @param set returns the SQL of the assignments
 * @throws {LeaseLostError}
 */
export async function updateClaimedRun(sql: Sql, run: ClaimedRun, set: (bind: Bind) => string): Promise<void> {
  const { bind, values } = bindings();
  const rows = await sql.query(
    `UPDATE sync_run SET ${set(bind)}
      WHERE id = ${bind(run.id)} AND claim = ${bind(run.claim)} AND status = 'RUNNING' RETURNING id`,
    values,
  );
  if (rows.length === 0) throw new LeaseLostError();
}

/** Renews the lease; null if another process claimed the run or the run has ended. */
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

/** Records that the run waits, or with null that it continues, and how many calls it has made; notifies its watchers. */
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

/** Releases the claim, so that another process continues the run from its checkpoint, and notifies the workers. */
export async function releaseRun(sql: Sql, run: ClaimedRun, requests: number): Promise<void> {
  await release(sql, run, requests, { attempts: 'greatest(attempts - 1, 0)' });
}

/**
 * Releases the claim of a run whose execution the database failed, and notifies the workers. The attempt counts. If the
 * attempt before failed too, without a saved page in between, the claim stays until its lease expires: what keeps failing
 * does not use up the attempts within seconds.
 */
export async function releaseFailedRun(sql: Sql, run: ClaimedRun, requests: number): Promise<void> {
  await release(sql, run, requests, { attempts: 'attempts', onlyIf: 'attempts <= 1' });
}

async function release(
  sql: Sql,
  run: ClaimedRun,
  requests: number,
  { attempts, onlyIf = 'true' }: { readonly attempts: string; readonly onlyIf?: string },
): Promise<void> {
  await sql.query(
    `WITH released AS (
       UPDATE sync_run
          SET claim = NULL, heartbeat_at = NULL, waiting_until = NULL, requests = $3, attempts = ${attempts}
        WHERE id = $1 AND claim = $2 AND status = 'RUNNING' AND ${onlyIf}
       RETURNING id
     ) SELECT pg_notify('${RUN_UNCLAIMED}', id::text) FROM released`,
    [run.id, run.claim, requests],
  );
}

/** Releases every claim. Correct only while no other process uses the database: the embedded one, at its start. */
export async function releaseAllRuns(sql: Sql): Promise<void> {
  await sql.query(`UPDATE sync_run SET claim = NULL, heartbeat_at = NULL WHERE status = 'RUNNING'`);
}

/**
 * Requests that the run stops, and notifies the worker that has it (`Worker` listens on RUN_CANCELLED). Ends the run at once
 * if no process has claimed it or its lease has expired.
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

/**
 * Ends the run, records the result of one of kind ORDERS on the connection (unless it is a dry run), and notifies its watchers.
 * @returns null if the lease was lost
 */
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
    if (finished.kind === 'ORDERS' && !finished.dryRun) await recordOnConnection(sql, finished);
    await notify(sql, finished.id, RUN_CHANGED);
    return finished;
  });
}

async function recordOnConnection(sql: Sql, run: SyncRun): Promise<void> {
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

/** Notifies the run's watchers at the end of this transaction. */
export async function notifyRunChanged(sql: Sql, id: bigint): Promise<void> {
  await notify(sql, id, RUN_CHANGED);
}

async function notify(sql: Sql, id: bigint, ...channels: string[]): Promise<void> {
  await sql.query(`SELECT pg_notify(channel, $1) FROM unnest($2::text[]) AS channel`, [String(id), channels]);
}
