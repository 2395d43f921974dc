import type { Clock } from '../../core/clock.js';
import type { SpApiFailure } from './failure.js';

/** `QUOTA`: the operation's bucket is empty. `RETRY`: the last attempt failed and is repeated after a delay. */
export type WaitReason = 'QUOTA' | 'RETRY';

/** Observes a call to Amazon, and cancels it through its signal. */
export interface CallWatch {
  readonly signal: AbortSignal;
  /** The run that the call belongs to. */
  readonly runId?: bigint | undefined;
  /** Called before each request to the Selling Partner API, retries included. */
  onRequest(): void;
  /** Called when the call starts to wait, with the instant at which it continues; with null when it continues. */
  onWait(until: Date | null, reason: WaitReason | null): void;
  /** Called after each failed request that is to be retried, logins included; may abort the signal. */
  onFailure?(failure: SpApiFailure): void;
  /** Called after a token was taken from an operation's bucket, with the tokens left and the rate per second. */
  onQuota?(operation: string, left: { readonly tokens: number; readonly rate: number }): void;
}

/** Returns the same watch with another signal. */
export function withSignal(watch: CallWatch, signal: AbortSignal): CallWatch {
  return {
    signal,
    runId: watch.runId,
    onRequest: () => watch.onRequest(),
    onWait: (until, reason) => watch.onWait(until, reason),
    onFailure: (failure) => watch.onFailure?.(failure),
    onQuota: (operation, left) => watch.onQuota?.(operation, left),
  };
}

/** Returns watches of concurrent sequences of calls. What they report is a wait until the last of them continues. */
export function concurrentWatches<const Name extends string>(
  watch: CallWatch,
  names: readonly Name[],
): Readonly<Record<Name, CallWatch>> {
  const waits = new Map<Name, { readonly until: Date; readonly reason: WaitReason | null }>();
  const watchOf = (name: Name): CallWatch => ({
    ...withSignal(watch, watch.signal),
    onWait: (until, reason) => {
      if (until) waits.set(name, { until, reason });
      else waits.delete(name);
      const [longest] = [...waits.values()].sort((a, b) => b.until.getTime() - a.until.getTime());
      watch.onWait(longest?.until ?? null, longest?.reason ?? null);
    },
  });
  return Object.fromEntries(names.map((name) => [name, watchOf(name)])) as Record<Name, CallWatch>;
}

/** Shorter waits are not reported. */
const MIN_REPORTED_MS = 250;

/** Sleeps for `ms` and reports it to the watch. Rejects with the signal's reason when aborted. */
export async function wait(ms: number, reason: WaitReason, clock: Clock, watch: CallWatch): Promise<void> {
  watch.signal.throwIfAborted();
  const isReported = ms > MIN_REPORTED_MS;
  if (isReported) watch.onWait(new Date(clock.now().getTime() + ms), reason);
  try {
    await clock.sleep(ms, watch.signal);
  } finally {
    if (isReported) watch.onWait(null, null);
  }
}

/** Work with several waiting callers: done once, and aborted together with the last of them. */
export interface SharedWork<T> {
  /** Resolves or rejects as the work does; rejects with the signal's reason when this caller aborts. */
  join(watch: CallWatch): Promise<T>;
}

/** Starts the work. @param onEnd called when the work has ended or was aborted */
export function shareWork<T>(work: (watch: CallWatch) => Promise<T>, onEnd: () => void): SharedWork<T> {
  const waiting = new Set<CallWatch>();
  const abandoned = new AbortController();
  const result = work({
    signal: abandoned.signal,
    get runId() {
      return [...waiting].find(({ runId }) => runId !== undefined)?.runId;
    },
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
  // Without this, a failure before the first `join` would be an unhandled rejection.
  result.catch(() => {});

  return {
    async join(watch) {
      watch.signal.throwIfAborted();
      waiting.add(watch);
      const leave = () => {
        waiting.delete(watch);
        if (waiting.size > 0) return;
        onEnd();
        abandoned.abort();
      };
      const { promise: aborted, stop } = rejectOnAbort(watch.signal, leave);
      try {
        return await Promise.race([result, aborted]);
      } finally {
        stop();
        leave();
      }
    },
  };
}

/** @param onAborted called in the moment in which the signal is aborted */
function rejectOnAbort(signal: AbortSignal, onAborted: () => void): { promise: Promise<never>; stop: () => void } {
  let stop = () => {};
  const promise = new Promise<never>((_resolve, reject) => {
    const onAbort = () => {
      reject(signal.reason);
      onAborted();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    stop = () => signal.removeEventListener('abort', onAbort);
  });
  return { promise, stop };
}
