import { Cron } from 'croner';
import type { SellerAccount } from '../connection/seller-account.js';
import type { Clock } from '../core/clock.js';
import { UserError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Database } from '../database/database.js';
import type { SyncRun } from '../generated/prisma/client.js';
import { scheduledBetween } from '../runs/run-store.js';

export interface ScheduleOptions {
  readonly database: Database;
  readonly account: SellerAccount;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether this process runs the schedule, or only shows it. */
  readonly works: boolean;
  readonly schedule: { readonly cron: string | null; readonly includeItems: boolean };
}

export interface Schedule {
  /** Returns when the next run starts; null while the schedule is off. */
  nextAt(): Date | null;
  stop(): void;
}

type StartRun = (request: { trigger: 'SCHEDULE'; dryRun: false; includeItems: boolean }) => Promise<SyncRun>;

const EVERY_MINUTE = '* * * * *';
/** How far the clocks of replicas may differ for one tick to start one run. */
const SAME_TICK_MS = 10_000;
/** The clock is read at least this often, so that a change of its time is noticed soon. */
const MAX_TIMER_MS = 30_000;

/**
 * Starts runs by the cron pattern, in UTC. Every replica has the schedule: the first one starts the run, the others find it
 * and skip. A tick is skipped while a run is active, or while the connection is missing,
 * incomplete, switched off or in ERROR.
 */
export function createSchedule(options: ScheduleOptions, start: StartRun): Schedule {
  const { cron } = options.schedule;
  if (cron === null) return { nextAt: () => null, stop: () => {} };
  const runs = startTicker(cron, options, () => startScheduledRun(options, start));
  const probes = startTicker(EVERY_MINUTE, options, () => probe(options));
  return {
    nextAt: () => runs.nextAt(),
    stop: () => {
      runs.stop();
      probes.stop();
    },
  };
}

/** The hourly test ends the connection's ERROR once Amazon accepts it again; scheduled runs then continue. */
async function probe({ account, logger }: ScheduleOptions): Promise<void> {
  try {
    const test = await account.probe();
    if (test?.ok) logger.info('Amazon accepts the connection again: scheduled syncs continue.');
    else if (test) logger.info({ code: test.errorCode }, 'The connection still fails; the next test is in an hour.');
  } catch (error) {
    logger.warn({ err: error }, 'The connection could not be tested; the next test is in a minute.');
  }
}

async function startScheduledRun(options: ScheduleOptions, start: StartRun): Promise<void> {
  const { database, account, clock, logger } = options;
  const { includeItems } = options.schedule;
  await probe(options);
  const skip = (reason: string) => logger.info({ reason }, `A scheduled sync was skipped: ${reason}`);
  try {
    if (!(await account.mayRunOnSchedule()))
      return skip('the connection is missing, incomplete, switched off or in ERROR; fix it first.');
    const now = clock.now().getTime();
    // A run that a wrong clock started in the future does not count as this tick's.
    if (await scheduledBetween(database, new Date(now - SAME_TICK_MS), new Date(now + SAME_TICK_MS)))
      return skip('another process has started it.');
    const run = await start({ trigger: 'SCHEDULE', dryRun: false, includeItems });
    logger.info({ runId: String(run.id) }, 'The schedule started a sync.');
  } catch (error) {
    if (error instanceof UserError) skip(error.message);
    else logger.error({ err: error }, 'The schedule could not start a sync; it tries again at its next time.');
  }
}

/**
 * Calls `onTick` by a cron pattern, in UTC. A clock that jumps ahead causes one tick; a clock that is set back causes none,
 * and the pattern continues from the new time.
 * @param onTick not called again before its last call has ended; must not reject
 */
function startTicker(
  cron: string,
  { clock, works }: Pick<ScheduleOptions, 'clock' | 'works'>,
  onTick: () => Promise<void>,
): Schedule {
  const pattern = new Cron(cron, { timezone: 'UTC' });
  const nextAt = () => pattern.nextRun(clock.now());
  if (!works) return { nextAt, stop: () => {} };

  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let checkedAt = clock.now();
  const arm = () => {
    if (stopped) return;
    const waitMs = (nextAt()?.getTime() ?? Number.POSITIVE_INFINITY) - clock.now().getTime();
    timer = setTimeout(() => void check().finally(arm), Math.min(Math.max(waitMs, 1), MAX_TIMER_MS)).unref();
  };
  const check = async () => {
    const now = clock.now();
    const due = now >= checkedAt ? pattern.nextRun(checkedAt) : null;
    checkedAt = now;
    if (due !== null && due <= now) await onTick();
  };
  arm();
  return {
    nextAt,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
