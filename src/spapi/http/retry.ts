import type { SpApiFailure } from './failure.js';

export interface RetryLimits {
  /** Failures (5xx, network, unreadable answers; not 429) at which one call gives up. */
  readonly failures: number;
  /** Of these, answers with a malformed body. */
  readonly malformed: number;
  /** Milliseconds from a call's start, waits for quota left out, after which a failure makes it give up. */
  readonly failuresMs: number;
  /** 429s at which one call gives up. */
  readonly throttles: number;
  /** Milliseconds that one call may spend waiting because of 429s. */
  readonly throttlesMs: number;
}

/**
 * Eight failures mean two minutes of waiting at most, besides eight requests of 60 s at most.
 * Our own bucket makes 429 the exception, so 20 of them mean that somebody else uses up the seller's quota:
 * at searchOrders' default rate that takes an hour to find out.
 */
export const DEFAULT_RETRY_LIMITS: RetryLimits = {
  failures: 8,
  malformed: 8,
  failuresMs: 30 * 60_000,
  throttles: 20,
  throttlesMs: 2 * 60 * 60_000,
};

const BASE_MS = 1_000;
const CAP_MS = 60_000;

/** What one call has been through, the present failure included. */
export interface Tries {
  readonly failures: number;
  /** Of these, answers with a malformed body. */
  readonly malformed: number;
  /** Milliseconds since the call's start, waits for quota left out. */
  readonly elapsedMs: number;
  readonly throttles: number;
  /** Milliseconds waited because of 429s so far. */
  readonly throttledMs: number;
}

export function isThrottle(failure: SpApiFailure): boolean {
  return failure.status === 429;
}

/**
 * Milliseconds to wait before the next try; null to give up.
 *
 * Failures back off exponentially with full jitter. A 429 waits for one whole period of the operation, which for
 * searchOrders is three minutes: seconds would only burn tries (seen in the field). Jitter comes on top, so that
 * replicas part. `Retry-After` is never declared on SP-API's answers (model), but honoured should it come.
 *
 * @param periodMs how long the operation's next token takes to drip in; 0 where there is no usage plan
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
  const askedMs = failure.retryAfterMs ?? 0;

  if (isThrottle(failure)) {
    if (tries.throttles >= limits.throttles) return null;
    const waitMs = Math.ceil(Math.max(periodMs, askedMs) + jitter(tries.throttles, random));
    return tries.throttledMs + waitMs > limits.throttlesMs ? null : waitMs;
  }

  if (tries.failures >= limits.failures || tries.malformed >= limits.malformed) return null;
  const waitMs = Math.ceil(Math.max(askedMs, jitter(tries.failures, random)));
  return tries.elapsedMs + waitMs > limits.failuresMs ? null : waitMs;
}

/** Full jitter: anything up to 1 s after the first time, 2 s after the second, 4 s, 8 s … 60 s. */
function jitter(times: number, random: () => number): number {
  return random() * Math.min(CAP_MS, BASE_MS * 2 ** (times - 1));
}
