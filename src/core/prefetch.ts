import { setImmediate as turn } from 'node:timers/promises';

/**
 * Yields the values of `start`, and produces each while the previous one is used: exactly one is prefetched. An error is
 * thrown after the values before it were used. A consumer that stops early aborts the pending value and waits for its end,
 * so that nothing keeps running in the background.
 * @param start gets a signal that is aborted when the consumer stops; its values must end soon then
 */
export async function* prefetch<T>(
  start: (unwanted: AbortSignal) => AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  const stopped = new AbortController();
  const source = start(stopped.signal)[Symbol.asyncIterator]();
  const request = () => {
    const requested = source.next();
    // Awaited when the value's turn comes; until then a rejection is unhandled.
    requested.catch(() => {});
    return requested;
  };
  let next = request();
  try {
    for (let made = await next; !made.done; made = await next) {
      next = request();
      // Lets the request enter the database's queue before the current value is used.
      await turn();
      yield made.value;
    }
  } finally {
    stopped.abort();
    await next.catch(() => {});
    await source.return?.();
  }
}
