import type { Clock } from '../../core/clock.js';
import type { Logger } from '../../core/logger.js';
import type { CallWatch } from '../orders/order-source.js';
import { toSyncError } from './errors.js';
import { MALFORMED_BODY, SpApiFailure } from './failure.js';
import { pause } from './pause.js';
import { isThrottle, type RetryLimits, retryDelay } from './retry.js';

/** What it takes to wait and try again. */
export interface Patience {
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'debug' | 'warn'>;
  /** In [0, 1). */
  readonly random: () => number;
  readonly limits: RetryLimits;
}

export interface Attempts<T> {
  /** What each try waits for beforehand: that time doesn't count. */
  ready?(): Promise<void>;
  attempt(): Promise<T>;
  /** How long quota for another try takes to drip in, in milliseconds; 0 where there is no usage plan. */
  periodMs?(): number;
}

/** No attempt counts for more: a request has 60 s, and may come with a login. */
const MAX_ATTEMPT_MS = 5 * 60_000;

/**
 * Tries until it passes or won't.
 * @throws {SyncError} when it won't; the signal's reason when aborted
 */
export async function persist<T>(attempts: Attempts<T>, patience: Patience, watch: CallWatch): Promise<T> {
  const { clock, logger, random, limits } = patience;
  const tries = { failures: 0, malformed: 0, elapsedMs: 0, throttles: 0, throttledMs: 0 };
  for (;;) {
    await attempts.ready?.();
    const startedAt = clock.now().getTime();
    try {
      return await attempts.attempt();
    } catch (failure) {
      if (!(failure instanceof SpApiFailure)) throw failure;
      const throttled = isThrottle(failure);
      tries[throttled ? 'throttles' : 'failures'] += 1;
      if (failure.code === MALFORMED_BODY) tries.malformed += 1;
      // A computer that slept in the middle of a request did not try for all that time.
      tries.elapsedMs += Math.min(Math.max(0, clock.now().getTime() - startedAt), MAX_ATTEMPT_MS);

      const { operation, status, code, requestId } = failure;
      const waitMs = retryDelay(failure, tries, attempts.periodMs?.() ?? 0, random, limits);
      logger[failure.retryable ? 'warn' : 'debug'](
        { operation, status, code, requestId, ...tries, waitMs },
        waitMs === null ? 'gave up' : 'will retry',
      );
      if (waitMs === null) throw toSyncError(failure);
      watch.onFailure?.(failure);
      watch.signal.throwIfAborted();
      tries[throttled ? 'throttledMs' : 'elapsedMs'] += waitMs;
      await pause(waitMs, throttled ? 'QUOTA' : 'RETRY', clock, watch);
    }
  }
}
