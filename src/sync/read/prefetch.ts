import { setImmediate as turn } from 'node:timers/promises';

/**
 * What `start` gives, each value made while the one before it is used: exactly one ahead. A failure to make a value comes
 * after the values before it were used. Whoever stops early aborts the one that is being made, and waits until it has
 * ended: nothing goes on unseen.
 * @param start gets a signal that is aborted when nobody wants any more; what it gives must end soon then
 */
export async function* ahead<T>(
  start: (unwanted: AbortSignal) => AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  const leaving = new AbortController();
  const source = start(leaving.signal)[Symbol.asyncIterator]();
  const ask = () => {
    const asked = source.next();
    // It is looked at when its turn comes; until then nobody listens.
    asked.catch(() => {});
    return asked;
  };
  let next = ask();
  try {
    for (let made = await next; !made.done; made = await next) {
      next = ask();
      // So that it is under way (its place in the database's queue taken) before its forerunner is used.
      await turn();
      yield made.value;
    }
  } finally {
    leaving.abort();
    await next.catch(() => {});
    await source.return?.();
  }
}
