import { systemClock } from '../../src/core/clock.js';
import { createLogger } from '../../src/core/logger.js';
import type { Database } from '../../src/database/database.js';
import { createHistoryEngine, type HistoryEngine } from '../../src/history/history.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { createSpApi } from '../../src/spapi/spapi.js';
import { createSyncEngine, type SyncEngine } from '../../src/sync/engine.js';
import { spApiOptions } from '../helpers/spapi-options.js';
import type { VirtualClock } from '../helpers/virtual-clock.js';
import { type Observer, ProcessDatabase } from './process-database.js';

const DAY_MS = 24 * 60 * 60_000;
/** No heartbeats, so that a seed always gives the same history: the history decides when a lease expires. */
const NEVER_MS = 2 ** 31 - 1;
/** Request timeout in real time; a fault that hangs takes this long. */
const REQUEST_MS = 800;

const FOR_EVER = { changesMs: 10_000 * DAY_MS, runsMs: 10_000 * DAY_MS, auditMs: 10_000 * DAY_MS };

/** What waits or fails for long in a report: several polls, and less than an hour. */
const REPORTS = { pollMs: 15_000, retryMs: 60_000, patienceMs: 600_000 };

/** The runs that a process executes: those of kind ORDERS, those that read reports, or none. */
export type Works = 'orders' | 'reports' | 'nothing';

export interface ProcessOptions {
  readonly database: Database;
  readonly simulator: Simulator;
  readonly clock: VirtualClock;
  readonly marketplaceIds: () => readonly string[];
  readonly random: () => number;
  readonly works: Works;
  readonly observer: Observer;
  readonly overlapMs?: number;
  /** RETENTION_ORDERS_MONTHS. */
  readonly keptMonths?: number | null;
  /** Is called for each warning and error that is logged. */
  readonly onLog?: (message: string, line: string) => void;
}

/** How a process stopped working on a run. `abandoned`: another process continues it. */
export type Outcome = 'ended' | 'died' | 'stopped' | 'abandoned';

/** A process: both engines with their own client of Amazon and their own ProcessDatabase. */
export interface Process {
  readonly engine: SyncEngine;
  readonly history: HistoryEngine;
  readonly outcome: Promise<Outcome>;
  /** Resolves `outcome`. */
  settle(outcome: Outcome): void;
  /** Executes none of its statements any more. */
  die(): void;
  /** Delays its statements until then. */
  stall(until: Promise<unknown>): void;
  /** Shuts the engines down. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

const ABANDONED =
  /^The (connection to the database was lost|database refused|end of the sync could not)|^Another process has taken over/;

export async function startProcess(options: ProcessOptions): Promise<Process> {
  const { simulator, clock } = options;
  let settle: (outcome: Outcome) => void = () => {};
  const outcome = new Promise<Outcome>((resolve) => {
    settle = resolve;
  });
  const onLine = (line: string) => {
    const { msg } = JSON.parse(line) as { msg: string };
    options.onLog?.(msg, line);
    if (ABANDONED.test(msg)) settle('abandoned');
  };
  const logger = createLogger({ level: 'warn', destination: { write: onLine } });
  const database = new ProcessDatabase(options.database, options.observer);
  const spapi = createSpApi({
    ...spApiOptions(simulator, { database, clock, logger }),
    random: options.random,
    limits: { requestMs: REQUEST_MS },
  });
  const shared = {
    database,
    clock,
    logger,
    settings: {
      heartbeatMs: NEVER_MS,
      leaseMs: DAY_MS,
      overlapMs: options.overlapMs ?? 600_000,
      firstWindowMs: 30 * DAY_MS,
    },
    account: {
      marketplaceIds: async () => options.marketplaceIds(),
      openSource: async () => spapi.orders,
      openReports: async () => spapi.reports,
      recordCheck: async () => {},
      mayRunOnSchedule: async () => true,
      probe: async () => null,
    },
    ...(options.keptMonths && { retention: { ...FOR_EVER, ordersMonths: options.keptMonths } }),
    onRunEnded: () => settle('ended'),
  };
  const engine = await createSyncEngine({
    ...shared,
    works: options.works === 'orders',
    schedule: { cron: null, includeItems: true },
  });
  const history = await createHistoryEngine({
    ...shared,
    works: options.works === 'reports',
    history: 'all',
    reportSettings: REPORTS,
  });
  const stop = async () => {
    await engine.stop();
    await history.stop();
  };
  return {
    engine,
    history,
    outcome,
    settle,
    die: () => {
      database.die();
      settle('died');
    },
    stall: (until) => database.stall(until),
    stop,
    close: async () => {
      await stop();
      spapi.close();
    },
  };
}

/** Rejects if the work takes longer than this in real time. */
export async function within<T>(work: Promise<T>, what: string, ms = 30_000): Promise<T> {
  const done = new AbortController();
  const late = systemClock.sleep(ms, done.signal).then(
    () => {
      throw new Error(`${what} did not end within ${ms / 1000} s`);
    },
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    done.abort();
  }
}
