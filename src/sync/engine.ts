import { isDeepStrictEqual } from 'node:util';
import type { Sql } from '../database/sql.js';
import type { SyncRun } from '../generated/prisma/client.js';
import { RunFeed } from '../runs/run-feed.js';
import { createRun, lastSweepAt, PlanOutdated, readRun, requestCancel } from '../runs/run-store.js';
import { watchRun, watchRuns } from '../runs/watch-run.js';
import type { StartRequest, SyncEngineOptions } from './options.js';
import { readStandings } from './plan/cursors.js';
import { forecastRun } from './plan/forecast-run.js';
import { cutAround, readUnreadableIntervals } from './plan/unreadable-intervals.js';
import { planWindow } from './plan/window.js';
import { resyncOrder } from './read/resync-order.js';
import { createSchedule, type Schedule } from './schedule.js';
import { Worker } from './worker.js';

const SWEEP_EVERY_MS = 24 * 60 * 60_000;

export type { SellerAccount, StartRequest, SyncEngineOptions } from './options.js';

/** Starts, stops and follows runs. One runs at a time, whichever process it was asked of. */
export interface SyncEngine {
  /**
   * Starts a run and returns its row at once.
   * @throws {UserError} SYNC_ALREADY_RUNNING (with `runId`), NO_CONNECTION, NO_CREDENTIAL
   */
  start(request: StartRequest): Promise<SyncRun>;
  /**
   * Asks the run to stop at its next safe point; returns the row as it is then. A run that has ended stays as it is.
   * @throws {UserError} NOT_FOUND
   */
  cancel(runId: bigint): Promise<SyncRun>;
  /**
   * The run as it is now, then again at each change, until it ends. Without an id: the running one, or the next to
   * start, and those after it. Ends when the signal is aborted.
   * @throws {UserError} NOT_FOUND
   */
  watch(runId: bigint | null, signal: AbortSignal): AsyncIterable<SyncRun>;
  /**
   * Reads one order from Amazon by its id, at once, and writes it with its items.
   * @throws {UserError} NO_CONNECTION, NO_CREDENTIAL, NOT_FOUND, BAD_USER_INPUT @throws {SyncError}
   */
  resyncOrder(amazonOrderId: string): Promise<void>;
  /** When the schedule starts the next run; null while it is off. */
  nextSyncAt(): Date | null;
  /** Gives a run that goes on up, for another process or the next start, and stops everything else. */
  stop(): Promise<void>;
}

export async function createSyncEngine(options: SyncEngineOptions): Promise<SyncEngine> {
  const { database, account, clock, settings } = options;
  const feed = await RunFeed.open(database);
  const worker = options.works ? await Worker.open(options) : null;

  const plan = async ({ dryRun, includeItems, trigger }: StartRequest): Promise<SyncRun> => {
    const now = clock.now();
    const marketplaceIds = await account.marketplaceIds();
    const standings = await readStandings(database);
    const sweep = trigger === 'SCHEDULE' && (await isSweepDue(database, now));
    const { overlapMs, firstWindowMs } = settings;
    const planned = planWindow({
      now,
      marketplaceIds,
      standings,
      includeItems,
      sweep,
      overlapMs,
      firstWindowMs,
    });
    const retryAll = trigger === 'MANUAL';
    const window = cutAround(planned, await readUnreadableIntervals(database), { now, marketplaceIds, retryAll });
    const estimatedFinishAt = await forecastRun(database, window, now);
    const run = { ...window, trigger, dryRun, includeItems, startedAt: now, sweep, estimatedFinishAt };
    return createRun(database, run, async (sql) => {
      // A change of the account takes this lock first and then looks for runs: it either sees this run or has committed.
      await sql.query('LOCK TABLE amazon_connection IN SHARE MODE');
      return !isDeepStrictEqual(await readStandings(sql), standings);
    });
  };
  const start = async (request: StartRequest): Promise<SyncRun> => {
    for (;;) {
      try {
        return await plan(request);
      } catch (error) {
        if (!(error instanceof PlanOutdated)) throw error;
      }
    }
  };
  const schedule: Schedule = createSchedule({ ...options, start });

  return {
    start,
    cancel: async (runId) => {
      await readRun(database, runId);
      return requestCancel(database, runId, settings.leaseMs, clock.now());
    },
    watch: (runId, signal) => (runId === null ? watchRuns(feed, signal) : watchRun(feed, runId, signal)),
    resyncOrder: (amazonOrderId) => resyncOrder(options, amazonOrderId),
    nextSyncAt: () => schedule.nextAt(),
    stop: async () => {
      schedule.stop();
      await worker?.stop();
      feed.close();
    },
  };
}

/** Once a day. */
async function isSweepDue(sql: Sql, now: Date): Promise<boolean> {
  const last = await lastSweepAt(sql, now);
  return last === null || now.getTime() - last.getTime() >= SWEEP_EVERY_MS;
}
