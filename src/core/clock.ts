import { setTimeout as delay } from 'node:timers/promises';

/** Time, injected wherever hours of quota or windows of days are computed, so that tests can drive it. */
export interface Clock {
  /** The present instant. */
  now(): Date;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it is aborted before. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, signal ? { signal } : {});
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    }
  },
};

/**
 * The largest difference between two clocks in normal operation. A stored instant further in the future than this was
 * written by a wrong clock.
 */
export const MAX_CLOCK_SKEW_MS = 5 * 60_000;
