import type { Session } from '../../accounts/accounts.js';
import { UserError } from '../../core/errors.js';
import type { SyncRun } from '../../generated/prisma/client.js';
import type { ApiParts } from '../context.js';

/** What a subscriber is sent: the run, or why there is no more to come. */
export type RunEvent = { readonly run: SyncRun } | { readonly failure: unknown };

const LONGEST_TIMER_MS = 2 ** 31 - 1;
const EXPIRED = Symbol('expired');

/**
 * The engine's watch as a subscription's source: it lets go of the engine as soon as the client does, even while it
 * waits for a change, and ends with a failure (an event, so that the client is told) when the token expires or is ended.
 */
export function watchRun(
  { engine, accounts }: Pick<ApiParts, 'engine' | 'accounts'>,
  runId: bigint | null,
  session: Session,
): AsyncIterableIterator<RunEvent> {
  const { expiresAt } = session;
  const stop = new AbortController();
  const expire = () => stop.abort(EXPIRED);
  const timer = setTimeout(expire, Math.min(expiresAt.getTime() - Date.now(), LONGEST_TIMER_MS));
  timer.unref();
  const stopListening = accounts.onSessionEnd(session, expire);
  const done = () => {
    clearTimeout(timer);
    stopListening();
  };
  const events = follow(engine.watch(runId, stop.signal), stop.signal, done);
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

async function* follow(
  runs: AsyncIterable<SyncRun>,
  stop: AbortSignal,
  done: () => void,
): AsyncGenerator<RunEvent, undefined> {
  try {
    for await (const run of runs) yield { run };
    if (stop.reason === EXPIRED)
      yield { failure: new UserError('UNAUTHENTICATED', 'The token counts no longer. Sign in again.') };
  } catch (failure) {
    yield { failure };
  } finally {
    done();
  }
}
