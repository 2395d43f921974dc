/** When failed deliveries are tried again, in milliseconds. */
export interface RetryPlan {
  /** Pauses of a delivery after its first, second … failure; the last one repeats. */
  readonly pauses: readonly number[];
  /** For how long a delivery is tried. */
  readonly giveUpAfter: number;
  /** Failures in a row, of any deliveries, from which on the whole endpoint pauses and is tried with one delivery at a time. */
  readonly failuresBeforePause: number;
  /** Pauses of the endpoint, the last one repeats. */
  readonly endpointPauses: readonly number[];
  /** An endpoint that has failed for this long is switched off. */
  readonly disableAfter: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A receiver can't ask for a longer pause. */
const MAX_RETRY_AFTER = HOUR;
const JITTER = 0.2;

export const defaultRetryPlan: RetryPlan = {
  pauses: [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 6 * HOUR],
  giveUpAfter: 3 * DAY,
  failuresBeforePause: 5,
  endpointPauses: [10 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 20 * MINUTE, HOUR],
  disableAfter: 5 * DAY,
};

/** Returns the pause after the `count`th failure, longer or shorter by up to a fifth, so that retries don't come in waves. */
export function pauseAfter(pauses: readonly number[], count: number, random: number): number {
  const pause = pauses[Math.min(count, pauses.length) - 1] ?? 0;
  return Math.round(pause * (1 - JITTER + 2 * JITTER * random));
}

/** Returns how long a response asks to wait, at most an hour; null without a readable header Retry-After. */
export function retryAfterMs(header: string | undefined, now: Date): number | null {
  if (header === undefined) return null;
  const seconds = /^\s*\d{1,9}\s*$/.test(header) ? Number(header) : Number.NaN;
  const ms = Number.isNaN(seconds) ? Date.parse(header) - now.getTime() : seconds * SECOND;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER);
}
