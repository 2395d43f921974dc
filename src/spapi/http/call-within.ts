import type { Clock } from '../../core/clock.js';
import { SyncError } from '../../core/errors.js';
import type { CallWatch, WaitReason } from './call-watch.js';
import { failureBehind, toSyncError } from './errors.js';
import type { SpApiFailure } from './failure.js';

/** Failures after which a call gives up; the delays between them add up to 3 s at most. */
const MAX_FAILURES = 3;

export interface Deadline {
  readonly ms: number;
  readonly clock: Clock;
  /** Aborts the call as well. */
  readonly closing?: AbortSignal;
}

/**
 * Makes a call with a deadline, for a user who waits for the result. Gives up at the deadline, when the next attempt would
 * start after it, or after three failures. The error names the cause (the last failure, the quota, or no answer), and what
 * the user does next.
 * @throws {SyncError} SP_API_UNAVAILABLE, besides what the call throws
 */
export async function callWithin<T>(
  { ms, clock, closing }: Deadline,
  call: (watch: CallWatch) => Promise<T>,
): Promise<T> {
  const timeout = AbortSignal.timeout(ms);
  const givingUp = new AbortController();
  const endsAt = clock.now().getTime() + ms;
  const seen: { failures: number; last: SpApiFailure | null; quotaUntil: Date | null } = {
    failures: 0,
    last: null,
    quotaUntil: null,
  };
  const over = () => timeout.aborted || givingUp.signal.aborted;
  const onWait = (until: Date | null, reason: WaitReason | null) => {
    // Aborting a waiting call reports the end of the wait.
    if (over()) return;
    seen.quotaUntil = reason === 'QUOTA' ? until : null;
    if (until !== null && until.getTime() > endsAt) givingUp.abort();
  };
  const onFailure = (failure: SpApiFailure) => {
    seen.last = failure;
    seen.failures += 1;
    if (seen.failures >= MAX_FAILURES) givingUp.abort();
  };
  const signals = [timeout, givingUp.signal, ...(closing ? [closing] : [])];
  try {
    return await call({ signal: AbortSignal.any(signals), onRequest: () => {}, onWait, onFailure });
  } catch (error) {
    const failure = failureBehind(error);
    if (failure) throw toSyncError(failure, 'user');
    if (!over() || closing?.aborted || error instanceof SyncError) throw error;
    if (seen.quotaUntil) throw quotaUsedUp(seen.quotaUntil, error);
    if (seen.last) throw toSyncError(seen.last, 'user');
    throw new SyncError(
      'SP_API_UNAVAILABLE',
      `Amazon did not answer within ${ms / 1000} s. Try again in a few minutes.`,
      { cause: error },
    );
  }
}

function quotaUsedUp(until: Date, cause: unknown): SyncError {
  const at = until.toISOString().replace(/\.\d+Z$/, 'Z');
  return new SyncError(
    'SP_API_UNAVAILABLE',
    `No request to Amazon is possible before ${at}: the quota for this call is used up. Try again then.`,
    { cause },
  );
}
