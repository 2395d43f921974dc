import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../src/core/clock.js';

/** Of the event loop, in which other callers may begin a shorter sleep. */
const MIN_TURNS = 20;

export interface VirtualClock extends Clock {
  advance(ms: number): void;
  /** The instant in epoch milliseconds, as the simulator's `now` option wants it. */
  readonly time: () => number;
}

/**
 * A clock that a test controls. `jumps`: a sleep moves the clock to its end at once, so that hours of quota pass instantly;
 * `stands`: a sleep lasts until the test advances the clock, or it is aborted; `shared`: as `jumps`, but sleeps of several
 * callers at once pass at the same time, the shortest first.
 */
export function createVirtualClock(
  kind: 'jumps' | 'stands' | 'shared' = 'jumps',
  start = '2026-11-22T10:00:00.000Z',
): VirtualClock {
  let time = Date.parse(start);
  const sleepers = new Set<{ dueAt: number; wake: () => void }>();
  async function sleepTogether(dueAt: number, signal: AbortSignal | undefined): Promise<void> {
    const sleeper = { dueAt, wake: () => {} };
    sleepers.add(sleeper);
    try {
      for (let turns = 0; turns < MIN_TURNS || isAnyBefore(dueAt); turns += 1) {
        await turn();
        signal?.throwIfAborted();
      }
      time = Math.max(time, dueAt);
    } finally {
      sleepers.delete(sleeper);
    }
  }
  const isAnyBefore = (at: number) => [...sleepers].some(({ dueAt }) => dueAt < at);

  return {
    now: () => new Date(time),
    time: () => time,
    advance(ms) {
      time += ms;
      for (const { dueAt, wake } of [...sleepers]) if (dueAt <= time) wake();
    },
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      if (kind === 'jumps') {
        time += ms;
        return;
      }
      if (kind === 'shared') return sleepTogether(time + ms, signal);
      await new Promise<void>((resolve, reject) => {
        const sleeper = { dueAt: time + ms, wake: () => end(resolve) };
        const onAbort = () => end(() => reject(signal?.reason));
        const end = (settle: () => void) => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', onAbort);
          settle();
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
  };
}
