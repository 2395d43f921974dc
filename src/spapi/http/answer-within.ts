import type { Clock } from '../../core/clock.js';
import { SyncError } from '../../core/errors.js';
import type { CallWatch, WaitReason } from '../orders/order-source.js';
import { toSyncError } from './errors.js';
import type { SpApiFailure } from './failure.js';

/** Failures after which a call gives up: the waits between them come to 3 s at most. */
const MAX_FAILURES = 3;

export interface Deadline {
  readonly ms: number;
  readonly clock: Clock;
  /** Ends the call, too. */
  readonly closing?: AbortSignal;
}

/**
 * Makes a call for somebody who waits. Gives up when the time is over, when the next try lies beyond it, or after three
 * failures; the error names the reason: the last failure (a network error, Amazon's answer), the quota, or silence.
 * @throws {SyncError} SP_API_UNAVAILABLE, besides what the call throws
 */
export async function answerWithin<T>(
  { ms, clock, closing }: Deadline,
  call: (watch: CallWatch) => Promise<T>,
): Promise<T> {
  const timeout = AbortSignal.timeout(ms);
  const givingUp = new AbortController();
  const endsAt = clock.now().getTime() + ms;
  const met: { failures: number; last: SpApiFailure | null; quotaUntil: Date | null } = {
    failures: 0,
    last: null,
    quotaUntil: null,
  };
  const over = () => timeout.aborted || givingUp.signal.aborted;
  const onWait = (until: Date | null, reason: WaitReason | null) => {
    // Aborting ends the wait, too.
    if (over()) return;
    met.quotaUntil = reason === 'QUOTA' ? until : null;
    if (until !== null && until.getTime() > endsAt) givingUp.abort();
  };
  const onFailure = (failure: SpApiFailure) => {
    met.last = failure;
    met.failures += 1;
    if (met.failures >= MAX_FAILURES) givingUp.abort();
  };
  const signals = [timeout, givingUp.signal, ...(closing ? [closing] : [])];
  try {
    return await call({ signal: AbortSignal.any(signals), onRequest: () => {}, onWait, onFailure });
  } catch (error) {
    if (!over() || closing?.aborted || error instanceof SyncError) throw error;
    if (met.quotaUntil) throw quotaUsedUp(met.quotaUntil, error);
    if (met.last) throw toSyncError(met.last);
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
