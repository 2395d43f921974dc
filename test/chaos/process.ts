import { systemClock } from '../../src/core/clock.js';
import { createLogger } from '../../src/core/logger.js';
import type { Database } from '../../src/database/database.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { createBucketStore } from '../../src/spapi/http/rate-limit-store.js';
import { createSpApi } from '../../src/spapi/spapi.js';
import { createSyncEngine, type SyncEngine } from '../../src/sync/engine.js';
import type { VirtualClock } from '../helpers/virtual-clock.js';
import { MortalDatabase, type Witness } from './mortal-database.js';

const DAY_MS = 24 * 60 * 60_000;
/** Hearts don't beat by themselves, so that the same seed is the same history: a claim lapses when a history says so. */
const NEVER_MS = 2 ** 31 - 1;
/** Real time; a fault that hangs costs this much. */
const REQUEST_MS = 800;

export interface ProcessOptions {
  readonly database: Database;
  readonly simulator: Simulator;
  readonly clock: VirtualClock;
  readonly marketplaceIds: () => readonly string[];
  readonly random: () => number;
  readonly works: boolean;
  readonly witness: Witness;
  readonly overlapMs?: number;
  /** Told of each warning and error that is logged. */
  readonly onLog?: (message: string, line: string) => void;
}

/** How the work of a process on a run came to an end. `left`: it goes on elsewhere. */
export type Outcome = 'ended' | 'died' | 'stopped' | 'left';

/** One process: an engine with its own way to Amazon and its own mortal view of the database. */
export interface Process {
  readonly engine: SyncEngine;
  readonly outcome: Promise<Outcome>;
  /** Ends the wait for it. */
  settle(outcome: Outcome): void;
  /** From now on the database hears nothing of it. */
  die(): void;
  /** Until then the database hears nothing of it. */
  stall(until: Promise<unknown>): void;
  close(): Promise<void>;
}

export async function startProcess(options: ProcessOptions): Promise<Process> {
  const { simulator, clock } = options;
  let settle: (outcome: Outcome) => void = () => {};
  const outcome = new Promise<Outcome>((resolve) => {
    settle = resolve;
  });
  const onLine = (line: string) => {
    const { msg } = JSON.parse(line) as { msg: string };
    options.onLog?.(msg, line);
    if (/^The database (was lost during|refused a part of)|^Another process has taken/.test(msg)) settle('left');
  };
  const logger = createLogger({ level: 'warn', destination: { write: onLine } });
  const database = new MortalDatabase(options.database, options.witness);
  const spapi = createSpApi({
    endpoint: simulator.url,
    lwaEndpoint: simulator.url,
    credential: { clientId: 'id', clientSecret: 'secret', refreshToken: 'Atzr|test' },
    usagePlans: createBucketStore(database, clock),
    clock,
    logger,
    version: '0.0.0',
    random: options.random,
    limits: { requestMs: REQUEST_MS },
  });
  const engine = await createSyncEngine({
    database,
    clock,
    logger,
    settings: {
      heartbeatMs: NEVER_MS,
      leaseMs: DAY_MS,
      overlapMs: options.overlapMs ?? 600_000,
      firstWindowMs: 30 * DAY_MS,
    },
    works: options.works,
    schedule: { cron: null, includeItems: true },
    account: {
      marketplaceIds: async () => options.marketplaceIds(),
      openSource: async () => spapi.orders,
      recordCheck: async () => {},
      mayRunOnSchedule: async () => true,
      probe: async () => null,
    },
    onRunEnded: () => settle('ended'),
  });
  return {
    engine,
    outcome,
    settle,
    die: () => {
      database.die();
      settle('died');
    },
    stall: (until) => database.stall(until),
    close: async () => {
      await engine.stop();
      spapi.close();
    },
  };
}

/** Rejects when the work takes longer than this in real time: something waits for ever. */
export async function within<T>(work: Promise<T>, what: string, ms = 30_000): Promise<T> {
  const done = new AbortController();
  const late = systemClock.sleep(ms, done.signal).then(
    () => {
      throw new Error(`${what} did not come to an end within ${ms / 1000} s`);
    },
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    done.abort();
  }
}
