import type { Principal } from '../accounts/principal.js';
import { UserError } from '../core/errors.js';
import type { ApiParts } from './context.js';

/** An event of a subscription: a value, or the error that ends the subscription. */
export type SubscriptionEvent<Value> = { readonly value: Value } | { readonly failure: unknown };

/**
 * Returns values as the source of a subscription. Aborts the signal when the client disconnects, even while it waits for a
 * value. Ends with a failure event when the session or key expires or is ended.
 */
export function untilEnded<Value>(
  accounts: ApiParts['accounts'],
  principal: Principal,
  follow: (signal: AbortSignal) => AsyncIterable<Value>,
): AsyncIterableIterator<SubscriptionEvent<Value>> {
  const stop = new AbortController();
  const done = accounts.onEnd(principal, (reason) => stop.abort(reason));
  const events = eventsOf(follow(stop.signal), stop.signal, done);
  const leave = () => {
    stop.abort();
    done();
    return events.return(undefined);
  };
  return {
    next: () => events.next(),
    return: leave,
    throw: leave,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Returns the value of an event. @throws its failure */
export function eventValue<Value>(event: SubscriptionEvent<Value>): Value {
  if ('failure' in event) throw event.failure;
  return event.value;
}

async function* eventsOf<Value>(
  values: AsyncIterable<Value>,
  stop: AbortSignal,
  done: () => void,
): AsyncGenerator<SubscriptionEvent<Value>, undefined> {
  try {
    for await (const value of values) yield { value };
    if (stop.reason instanceof UserError) yield { failure: stop.reason };
  } catch (failure) {
    yield { failure };
  } finally {
    done();
  }
}
