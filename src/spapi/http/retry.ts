import type { Clock } from '../../core/clock.js';
import type { Logger } from '../../core/logger.js';
import { type CallWatch, wait } from './call-watch.js';
import { toSyncError } from './errors.js';
import { MALFORMED_BODY, SpApiFailure } from './failure.js';

export interface RetryLimits {
  /** Failures (5xx, network, unreadable answers; not 429) after which a call gives up. */
  readonly failures: number;
  /** Of these, answers with a malformed body. */
  readonly malformed: number;
  /** Milliseconds since the call's start, without waits for quota, after which a failure is final. */
  readonly failuresMs: number;
  /** 429s after which a call gives up. */
  readonly throttles: number;
  /** Milliseconds that a call may wait because of 429s. */
  readonly throttlesMs: number;
}

/**
 * Eight failures: at most two minutes of delays, besides eight requests of at most 60 s. With our own rate limit a 429 is
 * the exception; 20 of them (an hour, at searchOrders' default rate) mean that another program uses up the seller's quota.
 */
export const DEFAULT_RETRY_LIMITS: RetryLimits = {
  failures: 8,
  malformed: 8,
  failuresMs: 30 * 60_000,
  throttles: 20,
  throttlesMs: 2 * 60 * 60_000,
};

const MIN_DELAY_MS = 1_000;
const MAX_DELAY_MS = 60_000;

/** The failed attempts of one call, the latest included. */
export interface Tries {
  readonly failures: number;
  /** Of these, answers with a malformed body. */
  readonly malformed: number;
  /** Milliseconds since the call's start, without waits for quota. */
  readonly elapsedMs: number;
  readonly throttles: number;
  /** Milliseconds waited because of 429s. */
  readonly throttledMs: number;
}

/**
 * Returns the milliseconds to wait before the next attempt; null to give up.
 *
 * Failures: exponential backoff with full jitter. 429: one whole period of the operation (three minutes for searchOrders;
 * shorter waits only use up attempts, seen in the field) plus jitter. `Retry-After` is honoured, though the model never
 * declares it.
 *
 * @param periodMs milliseconds between two tokens of the operation; 0 without a rate limit
 * @param random in [0, 1)
 */
export function retryDelay(
  failure: SpApiFailure,
  tries: Tries,
  periodMs: number,
  random: () => number,
  limits: RetryLimits,
): number | null {
  if (!failure.retryable) return null;
  const retryAfterMs = failure.retryAfterMs ?? 0;

  if (failure.isThrottle) {
    if (tries.throttles >= limits.throttles) return null;
    const waitMs = Math.ceil(Math.max(periodMs, retryAfterMs) + jitter(tries.throttles, random));
    return tries.throttledMs + waitMs > limits.throttlesMs ? null : waitMs;
  }

  if (tries.failures >= limits.failures || tries.malformed >= limits.malformed) return null;
  const waitMs = Math.ceil(Math.max(retryAfterMs, jitter(tries.failures, random)));
  return tries.elapsedMs + waitMs > limits.failuresMs ? null : waitMs;
}

/** Full jitter: at most 1 s after the first failure, then 2 s, 4 s, 8 s … 60 s. */
function jitter(failures: number, random: () => number): number {
  return random() * Math.min(MAX_DELAY_MS, MIN_DELAY_MS * 2 ** (failures - 1));
}

/** Decides how long to wait and when to give up, and logs it. */
export interface RetryPolicy {
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'debug' | 'warn'>;
  /** In [0, 1). */
  readonly random: () => number;
  readonly limits: RetryLimits;
}

export interface Attempts<T> {
  /** Awaited before each attempt; not counted in `elapsedMs`. */
  ready?(): Promise<void>;
  attempt(): Promise<T>;
  /** Milliseconds between two tokens of the rate limit; 0 by default. */
  periodMs?(): number;
}

/** Upper bound of the time counted for one attempt: a computer may sleep during a request. */
const MAX_ATTEMPT_MS = 5 * 60_000;

/**
 * Repeats the attempt until it succeeds or the policy gives up.
 * @throws {SyncError} when it gives up, with the last `SpApiFailure` as cause; the signal's reason when aborted
 */
export async function withRetry<T>(attempts: Attempts<T>, policy: RetryPolicy, watch: CallWatch): Promise<T> {
  const { clock, logger, random, limits } = policy;
  const tries = { failures: 0, malformed: 0, elapsedMs: 0, throttles: 0, throttledMs: 0 };
  for (;;) {
    await attempts.ready?.();
    const startedAt = clock.now().getTime();
    try {
      return await attempts.attempt();
    } catch (failure) {
      if (!(failure instanceof SpApiFailure)) throw failure;
      const { isThrottle } = failure;
      tries[isThrottle ? 'throttles' : 'failures'] += 1;
      if (failure.code === MALFORMED_BODY) tries.malformed += 1;
      tries.elapsedMs += Math.min(Math.max(0, clock.now().getTime() - startedAt), MAX_ATTEMPT_MS);

      const { operation, status, code, requestId } = failure;
      const waitMs = retryDelay(failure, tries, attempts.periodMs?.() ?? 0, random, limits);
      const log = (message: string) =>
        logger[failure.retryable ? 'warn' : 'debug']({ operation, status, code, requestId, ...tries, waitMs }, message);
      if (waitMs === null) {
        log('SP-API request failed');
        throw toSyncError(failure);
      }
      watch.onFailure?.(failure);
      const waiting = wait(waitMs, isThrottle ? 'QUOTA' : 'RETRY', clock, watch);
      // The watch may have given up, because of the failure or of the wait.
      log(watch.signal.aborted ? 'SP-API request failed' : 'SP-API request failed, will be retried');
      tries[isThrottle ? 'throttledMs' : 'elapsedMs'] += waitMs;
      await waiting;
    }
  }
}
