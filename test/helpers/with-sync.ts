import { onTestFinished } from 'vitest';
import type { RetentionConfig, SyncConfig } from '../../src/config/config.js';
import { seedMarketplaces } from '../../src/connection/marketplaces.js';
import type { SellerAccount } from '../../src/connection/seller-account.js';
import { type Clock, systemClock } from '../../src/core/clock.js';
import { createLogger } from '../../src/core/logger.js';
import type { Database } from '../../src/database/database.js';
import type { SyncRun } from '../../src/generated/prisma/client.js';
import { API_OPERATIONS } from '../../src/simulator/api/operations.js';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/simulator.js';
import { createCallLog } from '../../src/spapi/http/call-log.js';
import type { AdditionalData } from '../../src/spapi/orders/data-sets.js';
import { createSpApi } from '../../src/spapi/spapi.js';
import { createSyncEngine, type SyncEngine } from '../../src/sync/engine.js';
import { deleteAll } from './delete-all.js';
import { spApiOptions } from './spapi-options.js';

const DAY_MS = 24 * 60 * 60_000;
const SETTINGS: SyncConfig = { heartbeatMs: 200, leaseMs: 1_000, overlapMs: 600_000, firstWindowMs: 30 * DAY_MS };

/** Plans that never wait. Without any, the client applies Amazon's defaults: a wait and two statements a call. */
const ROOMY = Object.fromEntries(API_OPERATIONS.map((operation) => [operation, { rate: 10_000, burst: 1_000_000 }]));

/** Registers what is to be called at the end: of the current test, by default, or of a file. */
export type OnEnd = (end: () => Promise<void>) => void;

/** A simulated Amazon for the current test, by default without future changes and with roomy plans. */
export async function withSimulator(options: SimulatorOptions = {}, onEnd: OnEnd = onTestFinished): Promise<Simulator> {
  const dates = options.createdWithinDays === undefined && { updatedWithinDays: 29 };
  const simulator = await startSimulator({ settled: true, usagePlans: ROOMY, ...dates, ...options });
  onEnd(() => simulator.close());
  return simulator;
}

export interface EngineOptions {
  readonly settings?: Partial<SyncConfig>;
  readonly works?: boolean;
  readonly clock?: Clock;
  readonly cron?: string;
  readonly account?: Partial<SellerAccount>;
  readonly refreshToken?: string;
  readonly additionalDataSets?: readonly AdditionalData[];
  readonly retention?: RetentionConfig;
  /** Called with each line that is logged from `info` up. */
  readonly onLog?: (line: string) => void;
}

/** The sync engine of one process on this database and simulator; stopped after the test. */
export async function withEngine(
  database: Database,
  simulator: Simulator,
  options: EngineOptions = {},
): Promise<SyncEngine> {
  const clock = options.clock ?? systemClock;
  const { onLog } = options;
  const logger = createLogger(onLog ? { level: 'info', destination: { write: onLog } } : { level: 'silent' });
  const callLog = createCallLog({ sql: database, logger });
  const simulated = spApiOptions(simulator, { database, clock, logger });
  const { refreshToken = simulated.credential.refreshToken } = options;
  const spapi = createSpApi({
    ...simulated,
    credential: { ...simulated.credential, refreshToken },
    onCall: callLog.add,
  });
  const engine = await createSyncEngine({
    database,
    clock,
    logger,
    settings: { ...SETTINGS, ...options.settings },
    works: options.works ?? true,
    callLog,
    ...(options.retention && { retention: options.retention }),
    additionalDataSets: options.additionalDataSets ?? [],
    schedule: { cron: options.cron ?? null, includeItems: true },
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
    await engine.stop();
    spapi.close();
    await callLog.close();
  });
  return engine;
}

/** Starts a run, by default with items, and waits for its end. */
export async function runToEnd(
  engine: SyncEngine,
  request: { dryRun?: boolean; includeItems?: boolean } = {},
): Promise<SyncRun> {
  const { id } = await engine.start({ ...MANUAL, ...request });
  return endOf(engine, id);
}

/** A manual run with items. */
export const MANUAL = { dryRun: false, includeItems: true, trigger: 'MANUAL' } as const;

/** Watches the run until a state passes; returns that state. */
export async function untilRun(engine: SyncEngine, id: bigint, passes: (run: SyncRun) => boolean): Promise<SyncRun> {
  for await (const run of engine.watch(id, new AbortController().signal)) if (passes(run)) return run;
  throw new Error('The run ended before.');
}

/** Watches the run to its end; returns its last state. */
export async function endOf(engine: SyncEngine, id: bigint): Promise<SyncRun> {
  let last: SyncRun | undefined;
  for await (const run of engine.watch(id, new AbortController().signal)) last = run;
  if (!last) throw new Error('The watch ended without a run.');
  return last;
}

/** Deletes orders and runs of earlier tests, and inserts the known marketplaces, as a start does. */
export async function emptyMirror(database: Database): Promise<void> {
  await deleteAll(
    database,
    'order_items, amazon_order_item, amazon_order, order_change, rejected_order, sync_run, sync_cursor, usage_plan, refused_data_set, sp_api_call, order_retention, amazon_connection',
  );
  await seedMarketplaces(database);
}
