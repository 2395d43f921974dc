import { setTimeout as delay } from 'node:timers/promises';

/** The time. Injected wherever quota or windows are computed, so that tests can control it. */
export interface Clock {
  /** The present instant. */
  now(): Date;
  /** Resolves after `ms` milliseconds. Rejects with the signal's reason if it is aborted before. */
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
