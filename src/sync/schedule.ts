import { UserError } from '../core/errors.js';
import type { SyncRun } from '../generated/prisma/client.js';
import { scheduledBetween } from '../runs/run-store.js';
import type { StartRequest, SyncEngineOptions } from './options.js';
import { startTicker } from './ticker.js';

interface ScheduleOptions extends SyncEngineOptions {
  readonly start: (request: StartRequest) => Promise<SyncRun>;
}

export interface Schedule {
  /** When the next run starts; null while the schedule is off. */
  nextAt(): Date | null;
  stop(): void;
}

const EVERY_MINUTE = '* * * * *';
/** How far the clocks of replicas may differ for one tick to start one run. */
const SAME_TICK_MS = 10_000;

/**
 * Starts runs by the cron pattern, in UTC, the same on every replica: the first one to come starts the run, the others
 * find it there and skip. A tick is skipped while a run goes on, and while the connection needs its owner.
 */
export function createSchedule(options: ScheduleOptions): Schedule {
  const { works, clock } = options;
  const { cron, includeItems } = options.schedule;
  if (cron === null) return { nextAt: () => null, stop: () => {} };
  const when = { clock, paused: !works };
  const runs = startTicker(cron, { ...when, onTick: () => tick(options, includeItems) });
  const probes = startTicker(EVERY_MINUTE, { ...when, onTick: () => probe(options) });
  return {
    nextAt: () => runs.nextAt(),
    stop: () => {
      runs.stop();
      probes.stop();
    },
  };
}

/** An hourly test ends the connection's ERROR where Amazon was the one at fault; the schedule then goes on by itself. */
async function probe({ account, logger }: ScheduleOptions): Promise<void> {
  try {
    const test = await account.probe();
    if (test?.ok) logger.info('Amazon accepts the connection again: scheduled syncs go on.');
    else if (test) logger.info({ code: test.errorCode }, 'The connection still fails; the next test is in an hour.');
  } catch (error) {
    logger.warn({ err: error }, 'The connection could not be tested.');
  }
}

async function tick(options: ScheduleOptions, includeItems: boolean): Promise<void> {
  const { database, account, clock, logger, start } = options;
  await probe(options);
  const skip = (reason: string) => logger.info({ reason }, `A scheduled sync was skipped: ${reason}`);
  try {
    if (!(await account.mayRunOnSchedule())) return skip('the connection needs its owner first.');
    const now = clock.now().getTime();
    // Nor does a run of the future count, which a clock that was wrong started: this tick has not had its run.
    if (await scheduledBetween(database, new Date(now - SAME_TICK_MS), new Date(now + SAME_TICK_MS)))
      return skip('another process has started it.');
    const run = await start({ trigger: 'SCHEDULE', dryRun: false, includeItems });
    logger.info({ runId: String(run.id) }, 'The schedule started a sync.');
  } catch (error) {
    if (error instanceof UserError) skip(error.message);
    else logger.error({ err: error }, 'The schedule could not start a sync.');
  }
}
