import type { Clock } from './clock.js';

/** Lets loops wait for a change, or for a time. */
export class Wakeup {
  readonly #waiting = new Set<() => void>();

  /** Ends all waits. */
  signal(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /**
   * Resolves at the next `signal`, or after `ms` milliseconds.
   * @param ms Infinity: without a limit
   * @throws the signal's reason when it is aborted
   */
  async wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const woken = new AbortController();
    const wake = () => woken.abort();
    const untilWoken = new Promise<void>((resolve) => {
      woken.signal.addEventListener('abort', () => resolve());
    });
    this.#waiting.add(wake);
    signal.addEventListener('abort', wake);
    try {
      if (Number.isFinite(ms)) await clock.sleep(Math.max(1, ms), woken.signal).catch(() => {});
      else if (!signal.aborted) await untilWoken;
    } finally {
      this.#waiting.delete(wake);
      signal.removeEventListener('abort', wake);
    }
    signal.throwIfAborted();
  }
}
