import { expect, onTestFinished } from 'vitest';
import type { ReportConfig } from '../../src/config/config.js';
import { type Clock, systemClock } from '../../src/core/clock.js';
import { createLogger } from '../../src/core/logger.js';
import type { Database } from '../../src/database/database.js';
import type { SyncRun } from '../../src/generated/prisma/client.js';
import { createHistoryEngine, type HistoryEngine } from '../../src/history/history.js';
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator.js';
import { createSpApi } from '../../src/spapi/spapi.js';
import type { SyncEngine } from '../../src/sync/engine.js';
import { spApiOptions } from './spapi-options.js';
import { type EngineOptions, emptyMirror, endOf, withEngine, withSimulator } from './with-sync.js';

/** Amazon's rate header raises the pace of the client. */
const FAST = { rate: 1_000, burst: 1_000 };
const NO_QUOTA = { createReport: FAST, getReport: FAST, getReportDocument: FAST, getOrder: FAST, searchOrders: FAST };
export const QUICK_REPORTS: ReportConfig = { pollMs: 1, retryMs: 1, patienceMs: 60_000 };

export interface HistoryTest {
  readonly database: Database;
  readonly simulator: Simulator;
  readonly engine: SyncEngine;
  readonly history: HistoryEngine;
  /** Starts a run and follows it to its end. */
  run(started: Promise<SyncRun>): Promise<SyncRun>;
}

/** A simulated Amazon that makes reports at once, of orders that were created over this number of days. */
export function withReports(days: number, options: SimulatorOptions = {}): Promise<Simulator> {
  const { reports, ...rest } = options;
  return withSimulator({
    createdWithinDays: days,
    usagePlans: NO_QUOTA,
    reports: { queueMs: 0, processingMs: 0, ...reports },
    ...rest,
  });
}

interface HistoryTestOptions extends EngineOptions {
  readonly reportSettings?: Partial<ReportConfig>;
  readonly history?: 'all' | Date | 'off';
}

/** The engines of one process on this database, which is emptied; stopped after the test. */
export async function withHistory(
  database: Database,
  simulator: Simulator,
  options: HistoryTestOptions = {},
): Promise<HistoryTest> {
  await emptyMirror(database);
  await database.query('TRUNCATE report_window, check_finding');
  await database.query(
    `INSERT INTO amazon_connection (region, status, marketplace_ids) VALUES ('NA', 'ACTIVE', $1::text[])`,
    [simulator.marketplaceIds],
  );
  const engine = await withEngine(database, simulator, options);
  const history = await withHistoryEngine(database, simulator, options);
  return { database, simulator, engine, history, run: async (started) => endOf(engine, (await started).id) };
}

export async function withHistoryEngine(
  database: Database,
  simulator: Simulator,
  options: HistoryTestOptions = {},
): Promise<HistoryEngine> {
  const clock: Clock = options.clock ?? systemClock;
  const { onLog } = options;
  const logger = createLogger(onLog ? { level: 'info', destination: { write: onLog } } : { level: 'silent' });
  const spapi = createSpApi({
    ...spApiOptions(simulator, { database, clock, logger }),
  });
  const history = await createHistoryEngine({
    database,
    clock,
    logger,
    settings: { heartbeatMs: 200, leaseMs: 1_000, ...options.settings },
    works: options.works ?? true,
    history: options.history ?? 'all',
    ...(options.retention && { retention: options.retention }),
    reportSettings: { ...QUICK_REPORTS, ...options.reportSettings },
    account: {
      marketplaceIds: async () => simulator.marketplaceIds,
      openSource: async () => spapi.orders,
      openReports: async () => spapi.reports,
      recordCheck: async () => {},
      mayRunOnSchedule: async () => true,
      probe: async () => null,
      ...options.account,
    },
  });
  onTestFinished(async () => {
    await history.stop();
    spapi.close();
  });
  return history;
}

/** Expects that a run ended OK, and returns it. */
export async function ok(run: Promise<SyncRun>): Promise<SyncRun> {
  const ended = await run;
  expect({ status: ended.status, error: ended.error }).toEqual({ status: 'OK', error: null });
  return ended;
}
