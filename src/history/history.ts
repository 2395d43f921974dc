import { UserError } from '../core/errors.js';
import type { Database, Sql } from '../database/database.js';
import type { SpApiRegion, SyncRun, SyncTrigger } from '../generated/prisma/client.js';
import { readOrderRetention, storeOrderRetention } from '../mirror/write/order-retention.js';
import { createRun, PlanOutdatedError } from '../runs/run-store.js';
import { Worker } from '../runs/worker.js';
import { readCursors } from '../sync/plan/cursors.js';
import type { DataSetsOptions } from '../sync/read/data-sets.js';
import { checkExecution } from './execute-check.js';
import { type HistoryOptions, historyExecution } from './execute-history.js';
import { amazonKeepsFrom, cutIntoWindows, planWindows } from './plan.js';
import { insertWindows, keepMarketplaces, readHistoryWindows, takeOverWindows } from './window-store.js';

export interface HistoryEngineOptions extends HistoryOptions, DataSetsOptions {
  /** Whether this process reads from Amazon, or only starts runs. */
  readonly works: boolean;
  /** Orders purchased from then on are read after the first sync, without being asked; `all`: all that Amazon keeps. */
  readonly history: 'all' | Date | 'off';
}

/** Reads older orders from Amazon's reports, and checks the mirror against them. */
export interface HistoryEngine {
  /**
   * Starts a run that reads what the history lacks, and what earlier runs had to give up.
   * @param from orders purchased from then on; null: all that Amazon keeps
   * @throws {UserError} SYNC_ALREADY_RUNNING (with `runId`), NO_CONNECTION, NO_CREDENTIAL, BAD_USER_INPUT
   */
  start(from: Date | null, trigger?: SyncTrigger): Promise<SyncRun>;
  /**
   * Starts a run that compares the orders of a range of last updates with a report.
   * @throws {UserError} SYNC_ALREADY_RUNNING (with `runId`), NO_CONNECTION, NO_CREDENTIAL, BAD_USER_INPUT
   */
  startCheck(from: Date, until: Date, trigger?: SyncTrigger): Promise<SyncRun>;
  /** Starts what is due by itself, after a run of kind ORDERS: the history, and the monthly check. */
  startDue(): Promise<void>;
  /** Leaves active runs at their checkpoints. */
  stop(): Promise<void>;
}

const DAY_MS = 86_400_000;
const CHECK_EVERY_MS = 30 * DAY_MS;
/** Of the monthly check. Orders that were updated in the last hour may not be in a report yet. */
const CHECK_RANGE_MS = 31 * DAY_MS;
const SETTLE_MS = 60 * 60_000;
/** Before a run that failed is started again by itself; one that the owner has to act on a day later. */
const RETRY_MS = 60 * 60_000;
const RETRY_LATER_MS = DAY_MS;

export async function createHistoryEngine(options: HistoryEngineOptions): Promise<HistoryEngine> {
  const { database, clock, logger, works, history } = options;
  const workers = works
    ? [await Worker.open(options, historyExecution(options)), await Worker.open(options, checkExecution(options))]
    : [];
  const start: HistoryEngine['start'] = (from, trigger = 'MANUAL') => startHistory(options, from, trigger);
  const startCheck: HistoryEngine['startCheck'] = (from, until, trigger = 'MANUAL') =>
    startCheckRun(options, { from, until }, trigger);
  return {
    start,
    startCheck,
    startDue: async () => {
      const now = clock.now();
      try {
        if (history !== 'off' && (await isHistoryDue(options, now)))
          await start(history === 'all' ? null : history, 'SCHEDULE');
        else if (history !== 'off' && (await isCheckDue(database, now))) {
          const until = new Date(now.getTime() - SETTLE_MS);
          await startCheck(new Date(until.getTime() - CHECK_RANGE_MS), until, 'SCHEDULE');
        }
      } catch (err) {
        if (!(err instanceof UserError)) logger.error({ err }, 'A run of the history or a check could not be started.');
      }
    },
    stop: async () => {
      for (const worker of workers) await worker.stop();
    },
  };
}

async function startHistory(options: HistoryEngineOptions, from: Date | null, trigger: SyncTrigger): Promise<SyncRun> {
  const { database, clock } = options;
  const now = wholeSecond(clock.now());
  const marketplaceIds = await marketplacesToRead(options);
  const region = await regionOf(database);
  if (from && from >= now) throw new UserError('BAD_USER_INPUT', '`from` is in the future. Give a date in the past.');
  await storeRetention(options, now);
  const plan = async (sql: Sql) => planWindows({ now, from, region, marketplaceIds, ...(await readKnown(sql)) });
  const updatedAfter = from ?? amazonKeepsFrom(region, now);
  return createRun(database, newRun('HISTORY', { updatedAfter, updatedBefore: now, trigger }), async (sql, run) => {
    await assertSameAccount(sql, region);
    await keepMarketplaces(sql, marketplaceIds);
    await insertWindows(sql, run, await plan(sql));
    await takeOverWindows(sql, run, trigger === 'MANUAL');
  });
}

async function startCheckRun(
  options: HistoryEngineOptions,
  range: { readonly from: Date; readonly until: Date },
  trigger: SyncTrigger,
): Promise<SyncRun> {
  const { database, clock } = options;
  const now = clock.now();
  const marketplaceIds = await marketplacesToRead(options);
  const region = await regionOf(database);
  const from = wholeSecond(range.from);
  const until = wholeSecond(range.until < now ? range.until : now);
  if (from >= until)
    throw new UserError('BAD_USER_INPUT', '`from` must be before `to`, and in the past: nothing lies between them.');
  if (from < amazonKeepsFrom(region, now))
    throw new UserError(
      'BAD_USER_INPUT',
      `\`from\` is too early: Amazon keeps orders since ${amazonKeepsFrom(region, now).toISOString()}. Give a later date.`,
    );
  return createRun(
    database,
    newRun('CHECK', { updatedAfter: from, updatedBefore: until, trigger }),
    async (sql, run) => {
      await assertSameAccount(sql, region);
      const windows = cutIntoWindows({ from, until }).map((each) => ({ ...each, marketplaceIds, isOldest: false }));
      await insertWindows(sql, run, windows);
    },
  );
}

function newRun(
  kind: 'HISTORY' | 'CHECK',
  range: { readonly updatedAfter: Date; readonly updatedBefore: Date; readonly trigger: SyncTrigger },
) {
  const startedAt = range.updatedBefore;
  return {
    ...range,
    kind,
    startedAt,
    searches: [],
    dryRun: false,
    includeItems: true,
    sweep: false,
    estimatedFinishAt: null,
  };
}

/** Conflicts with the lock of connection/save-connection.ts: a change of the account sees this run or has committed. */
async function assertSameAccount(sql: Sql, region: SpApiRegion): Promise<void> {
  await sql.query('LOCK TABLE amazon_connection IN SHARE MODE');
  if ((await regionOf(sql)) !== region) throw new PlanOutdatedError();
}

async function regionOf(sql: Pick<Database, 'query'>): Promise<SpApiRegion> {
  const [connection] = await sql.query<{ region: SpApiRegion }>('SELECT region FROM amazon_connection');
  if (!connection) throw new UserError('NO_CONNECTION', 'There is no connection yet. Save it first (saveConnection).');
  return connection.region;
}

/**
 * Returns the connection's marketplaces without those that Amazon refuses to runs of orders: one of them in a report's request
 * has Amazon refuse the whole report. They are read once a run of orders has succeeded with them. All, if all are refused.
 * @throws {UserError} NO_CONNECTION, NO_CREDENTIAL, BAD_USER_INPUT without marketplaces
 */
async function marketplacesToRead({
  database,
  account,
}: Pick<HistoryEngineOptions, 'database' | 'account'>): Promise<readonly string[]> {
  const marketplaceIds = await account.marketplaceIds();
  if (marketplaceIds.length === 0)
    throw new UserError(
      'BAD_USER_INPUT',
      'The connection names no marketplaces to read. Call pingSpApi to see where the account sells, and save them with saveConnection.',
    );
  const cursors = await readCursors(database);
  const accepted = marketplaceIds.filter((id) => cursors.get(id)?.refused !== true);
  return accepted.length > 0 ? accepted : marketplaceIds;
}

async function isHistoryDue(options: HistoryEngineOptions, now: Date): Promise<boolean> {
  const { database, history } = options;
  const last = await lastRun(database, 'HISTORY');
  // Whoever cancelled it starts it again by hand.
  if (last?.status === 'RUNNING' || last?.status === 'CANCELLED') return false;
  if (last?.status === 'ERROR' && last.code === 'REPORT_FAILED') return false;
  if (last?.status === 'ERROR' && now < new Date((last.endedAt ?? now).getTime() + retryMs(last.code))) return false;
  if (last?.status === 'ERROR') return true;
  const from = history instanceof Date ? history : null;
  const region = await regionOf(database);
  const marketplaceIds = await marketplacesToRead(options);
  await storeRetention(options, now);
  return planWindows({ now, from, region, marketplaceIds, ...(await readKnown(database)) }).length > 0;
}

/** So that the first history reads nothing that is not kept: old orders are deleted later (runs/tidy.ts). */
async function storeRetention({ database, retention }: HistoryEngineOptions, now: Date): Promise<void> {
  const months = retention?.ordersMonths ?? null;
  if (months !== null) await storeOrderRetention(database, { months, now });
}

/**
 * Reads what is known for planning. Windows from before the orders that are kept have been deleted; in time all of them, so
 * that what syncs have proven stands in their place: an order purchased since then was updated since then.
 */
async function readKnown(sql: Pick<Sql, 'query'>) {
  const windows = await readHistoryWindows(sql);
  const keptFrom = (await readOrderRetention(sql))?.keptFrom ?? null;
  if (keptFrom === null) return { existing: windows, keptFrom };
  const synced = await sql.query<{ id: string; until: Date }>(
    `SELECT marketplace_id AS id, items_proven_until AS until FROM sync_cursor
      WHERE items_proven_from <= $1 AND items_proven_until > $1`,
    [keptFrom],
  );
  const proven = synced.map(({ id, until }) => ({ marketplaceIds: [id], from: keptFrom, until, isOldest: false }));
  return { existing: [...windows, ...proven], keptFrom };
}

/** Once a month, after the history. */
async function isCheckDue(database: Database, now: Date): Promise<boolean> {
  const history = await lastRun(database, 'HISTORY');
  if (history?.status !== 'OK' || !history.endedAt) return false;
  const last = await lastRun(database, 'CHECK');
  if (!last) return now.getTime() - history.endedAt.getTime() >= CHECK_EVERY_MS;
  if (last.status === 'RUNNING') return false;
  const everyMs = last.status === 'ERROR' ? retryMs(last.code) : CHECK_EVERY_MS;
  return now.getTime() - (last.endedAt ?? now).getTime() >= everyMs;
}

function retryMs(code: string | null): number {
  return code === 'SP_API_UNAVAILABLE' || code === 'INTERRUPTED' ? RETRY_MS : RETRY_LATER_MS;
}

async function lastRun(sql: Pick<Database, 'query'>, kind: 'HISTORY' | 'CHECK') {
  const [run] = await sql.query<{ status: SyncRun['status']; code: string | null; endedAt: Date | null }>(
    `SELECT status, error_code AS code, finished_at AS "endedAt" FROM sync_run
      WHERE kind = $1::sync_run_kind ORDER BY id DESC LIMIT 1`,
    [kind],
  );
  return run;
}

function wholeSecond(instant: Date): Date {
  return new Date(Math.floor(instant.getTime() / 1000) * 1000);
}
