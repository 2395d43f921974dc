import { UserError } from '../core/errors.js';
import { createFairLimit } from '../core/fair-limit.js';

/** A hash takes a thread for about 0.2 s, and 32 MiB; Node has four threads, and files and DNS need some too. */
const MAX_AT_ONCE = 2;
/** About 2 s of work. */
const MAX_WAITING = 20;
const MAX_WAITING_PER_KEY = 10;
const RETRY_AFTER_SECONDS = 2;

/** Whose work it is. */
export interface Turn {
  /** Turns alternate between keys, such as addresses. */
  readonly key: string;
  /**
   * From somebody who is signed in, or who signed in from the same address lately. They wait in a queue of their own, so
   * that a flood of attempts from elsewhere does not delay them.
   */
  readonly known: boolean;
}

/** Everything that hashes a password, a few at once and in a bounded queue: a flood of sign-ins delays nobody for long. */
export interface PasswordQueue {
  /** @throws {UserError} RATE_LIMITED with `retryAfterSeconds` if the queue is full; `work` has not begun then */
  run<T>(turn: Turn, work: () => Promise<T>): Promise<T>;
}

interface Waiting {
  readonly start: () => void;
  readonly refuse: () => void;
}

export function createPasswordQueue(): PasswordQueue {
  const known = createLane();
  const others = createLane();
  let running = 0;
  let knownIsNext = true;

  const startNext = () => {
    while (running < MAX_AT_ONCE) {
      const [first, second] = knownIsNext ? [known, others] : [others, known];
      const next = first.take() ?? second.take();
      if (next === undefined) return;
      knownIsNext = !knownIsNext;
      running += 1;
      next.start();
    }
  };
  return {
    run: async (turn, work) => {
      const lane = turn.known ? known : others;
      await new Promise<void>((start, reject) => {
        lane.add(turn.key, { start, refuse: () => reject(full()) });
        startNext();
      });
      try {
        return await work();
      } finally {
        running -= 1;
        startNext();
      }
    },
  };
}

/** A bounded queue that takes from its keys in turn. */
function createLane() {
  const byKey = new Map<string, Waiting[]>();
  const places = createFairLimit<Waiting>({
    max: MAX_WAITING,
    maxPerKey: MAX_WAITING_PER_KEY,
    evict: (waiting) => {
      for (const [key, queue] of byKey) {
        const index = queue.indexOf(waiting);
        if (index >= 0) queue.splice(index, 1);
        if (queue.length === 0) byKey.delete(key);
      }
      waiting.refuse();
    },
  });
  return {
    add: (key: string, waiting: Waiting) => {
      if (!places.enter(waiting, key)) return waiting.refuse();
      byKey.set(key, [...(byKey.get(key) ?? []), waiting]);
    },
    take: (): Waiting | undefined => {
      const [first] = byKey;
      if (first === undefined) return undefined;
      const [key, [next, ...rest]] = first;
      // The key goes to the end of the round.
      byKey.delete(key);
      if (rest.length > 0) byKey.set(key, rest);
      if (next) places.leave(next);
      return next;
    },
  };
}

function full(): UserError {
  return new UserError(
    'RATE_LIMITED',
    `Too many passwords are being checked at the moment. Try again in ${RETRY_AFTER_SECONDS} s.`,
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
  );
}
