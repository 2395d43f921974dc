import type { CallWatch } from '../orders/order-source.js';

/** Work that several wait for: done once, and stopped when the last of them goes away. */
export interface SharedWork<T> {
  /** Rejects as the work does, or with the signal's reason when this one goes away. */
  join(watch: CallWatch): Promise<T>;
}

/** Starts the work. @param onEnd called when it has ended, and when nobody waits any more */
export function shareWork<T>(work: (watch: CallWatch) => Promise<T>, onEnd: () => void): SharedWork<T> {
  const waiting = new Set<CallWatch>();
  const abandoned = new AbortController();
  const result = work({
    signal: abandoned.signal,
    onRequest: () => {
      for (const watch of waiting) watch.onRequest();
    },
    onWait: (until, reason) => {
      for (const watch of waiting) watch.onWait(until, reason);
    },
    onFailure: (failure) => {
      for (const watch of waiting) watch.onFailure?.(failure);
    },
  }).finally(onEnd);
  // Whoever started it may go away before anybody waits.
  result.catch(() => {});

  return {
    async join(watch) {
      watch.signal.throwIfAborted();
      waiting.add(watch);
      const { promise: left, stop } = rejectOnAbort(watch.signal);
      try {
        return await Promise.race([result, left]);
      } finally {
        stop();
        waiting.delete(watch);
        if (waiting.size === 0) {
          onEnd();
          abandoned.abort();
        }
      }
    },
  };
}

function rejectOnAbort(signal: AbortSignal): { promise: Promise<never>; stop: () => void } {
  let stop = () => {};
  const promise = new Promise<never>((_resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    stop = () => signal.removeEventListener('abort', onAbort);
  });
  return { promise, stop };
}
