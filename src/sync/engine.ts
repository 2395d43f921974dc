import { isDeepStrictEqual } from 'node:util';
import type { SyncConfig } from '../config/config.js';
import type { Sql } from '../database/database.js';
import type { SyncRun, SyncRunKind, SyncTrigger } from '../generated/prisma/client.js';
import { RunFeed, watchRun, watchRuns } from '../runs/run-feed.js';
import { createRun, lastSweepAt, PlanOutdatedError, readRun, requestCancel } from '../runs/run-store.js';
import { Worker } from '../runs/worker.js';
import { type ExecutionOptions, ordersExecution } from './execute-run.js';
import { readCursors } from './plan/cursors.js';
import { forecastRun } from './plan/forecast-run.js';
import { cutAround, readUnreadableIntervals } from './plan/unreadable-intervals.js';
import { planWindow } from './plan/window.js';
import { resyncOrder } from './read/resync-order.js';
import { createSchedule, type ScheduleOptions } from './schedule.js';

const SWEEP_EVERY_MS = 24 * 60 * 60_000;

export interface SyncEngineOptions extends ExecutionOptions, ScheduleOptions {
  readonly settings: SyncConfig;
  /** Whether this process reads from Amazon and runs the schedule, or only starts and watches runs. */
  readonly works: boolean;
}

export interface StartRequest {
  readonly dryRun: boolean;
  readonly includeItems: boolean;
  readonly trigger: SyncTrigger;
}

/** Starts, stops and watches runs. One run of each kind is active at a time, over all processes. */
export interface SyncEngine {
  /**
   * Starts a run and returns its row at once; a worker of this or another process executes it.
   * @throws {UserError} SYNC_ALREADY_RUNNING (with `runId`), NO_CONNECTION, NO_CREDENTIAL
   */
  start(request: StartRequest): Promise<SyncRun>;
  /**
   * Requests that the run stops after the current page; returns its row. A run that has ended is returned unchanged.
   * @throws {UserError} NOT_FOUND
   */
  cancel(runId: bigint): Promise<SyncRun>;
  /**
   * Yields the run as it is now and after each change, until it ends or the signal is aborted. With a kind: the running run or
   * the next one, and those after it.
   * @throws {UserError} NOT_FOUND
   */
  watch(runs: bigint | SyncRunKind, signal: AbortSignal): AsyncIterable<SyncRun>;
  /**
   * Reads one order from Amazon by its id and writes it with its items.
   * @throws {UserError} NO_CONNECTION, NO_CREDENTIAL, NOT_FOUND, BAD_USER_INPUT @throws {SyncError}
   */
  resyncOrder(amazonOrderId: string): Promise<void>;
  /** Returns when the schedule starts the next run; null while it is off. */
  nextSyncAt(): Date | null;
  /** Stops the schedule, and leaves an active run at its checkpoint for another process or the next start. */
  stop(): Promise<void>;
}

export async function createSyncEngine(options: SyncEngineOptions): Promise<SyncEngine> {
  const { database, clock, settings, works } = options;
  const feed = await RunFeed.open(database);
  const worker = works ? await Worker.open(options, ordersExecution(options)) : null;
  const start = (request: StartRequest) => startRun(options, request);
  const schedule = createSchedule(options, start);
  return {
    start,
    cancel: async (runId) => {
      await readRun(database, runId);
      return requestCancel(database, runId, settings.leaseMs, clock.now());
    },
    watch: (runs, signal) => (typeof runs === 'bigint' ? watchRun(feed, runs, signal) : watchRuns(feed, runs, signal)),
    resyncOrder: (amazonOrderId) => resyncOrder(options, amazonOrderId),
    nextSyncAt: () => schedule.nextAt(),
    stop: async () => {
      schedule.stop();
      await worker?.stop();
      feed.close();
    },
  };
}

/** Plans a run and creates its row; a worker is notified of it (`createRun`). Plans again if the cursors have changed. */
async function startRun(options: SyncEngineOptions, request: StartRequest): Promise<SyncRun> {
  for (;;) {
    try {
      return await planAndCreateRun(options, request);
    } catch (error) {
      if (!(error instanceof PlanOutdatedError)) throw error;
    }
  }
}

async function planAndCreateRun(
  { database, account, clock, settings: { overlapMs, firstWindowMs } }: SyncEngineOptions,
  { dryRun, includeItems, trigger }: StartRequest,
): Promise<SyncRun> {
  const now = clock.now();
  const marketplaceIds = await account.marketplaceIds();
  const cursors = await readCursors(database);
  const sweep = trigger === 'SCHEDULE' && (await isSweepDue(database, now));
  const planned = planWindow({ now, marketplaceIds, cursors, includeItems, sweep, overlapMs, firstWindowMs });
  const retryAll = trigger === 'MANUAL';
  const intervals = await readUnreadableIntervals(database);
  const window = cutAround(planned, intervals, { now, marketplaceIds, retryAll, overlapMs });
  const estimatedFinishAt = await forecastRun(database, window, now);
  const run = {
    ...window,
    kind: 'ORDERS' as const,
    trigger,
    dryRun,
    includeItems,
    startedAt: now,
    sweep,
    estimatedFinishAt,
  };
  return createRun(database, run, async (sql) => {
    // Conflicts with the lock of connection/save-connection.ts: a change of the account sees this run or has committed.
    await sql.query('LOCK TABLE amazon_connection IN SHARE MODE');
    if (!isDeepStrictEqual(await readCursors(sql), cursors)) throw new PlanOutdatedError();
  });
}

/** Whether the last sweep, a run that reads the last 48 hours again, was started a day ago or more. */
async function isSweepDue(sql: Sql, now: Date): Promise<boolean> {
  const last = await lastSweepAt(sql, now);
  return last === null || now.getTime() - last.getTime() >= SWEEP_EVERY_MS;
}
