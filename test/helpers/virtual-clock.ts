import type { Clock } from '../../src/core/clock.js';

export interface VirtualClock extends Clock {
  advance(ms: number): void;
  /** The instant in epoch milliseconds, as the simulator's `now` option wants it. */
  readonly time: () => number;
}

/**
 * A clock that a test controls. `jumps`: a sleep moves the clock to its end at once, so that hours of quota pass instantly;
 * `stands`: a sleep lasts until the test advances the clock, or it is aborted.
 */
export function createVirtualClock(
  kind: 'jumps' | 'stands' = 'jumps',
  start = '2026-11-22T10:00:00.000Z',
): VirtualClock {
  let time = Date.parse(start);
  const sleepers = new Set<{ dueAt: number; wake: () => void }>();

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
