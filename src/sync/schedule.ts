import { Cron } from 'croner';
import { Refusal } from '../errors.js';
import type { SyncRun } from '../generated/prisma/client.js';
import type { StartRequest, SyncEngineOptions } from './options.js';
import { scheduledSince } from './runs.js';

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
  const { cron, includeItems } = options.schedule;
  if (cron === null) return { nextAt: () => null, stop: () => {} };
  const when = { timezone: 'UTC', paused: !options.works, protect: true, unref: true };
  const job = new Cron(cron, when, () => tick(options, includeItems));
  const probing = new Cron(EVERY_MINUTE, when, () => probe(options));
  return {
    nextAt: () => job.nextRun(),
    stop: () => {
      job.stop();
      probing.stop();
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
  try {
    if (!(await account.mayRunOnSchedule())) {
      logger.debug('A scheduled sync was skipped: the connection needs its owner first.');
      return;
    }
    if (await scheduledSince(database, new Date(clock.now().getTime() - SAME_TICK_MS))) return;
    const run = await start({ trigger: 'SCHEDULE', dryRun: false, includeItems });
    logger.info({ runId: String(run.id) }, 'The schedule started a sync.');
  } catch (error) {
    if (error instanceof Refusal) logger.debug({ code: error.code }, `A scheduled sync was skipped: ${error.message}`);
    else logger.error({ err: error }, 'The schedule could not start a sync.');
  }
}
