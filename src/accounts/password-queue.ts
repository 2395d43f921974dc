import { UserError } from '../core/errors.js';
import { createFairLimit } from '../core/fair-limit.js';

/** A hash takes 0.2 s of a thread and 32 MiB; Node has four threads, which files and DNS need too. */
const MAX_CONCURRENT = 2;
/** About 2 s of work. */
const MAX_WAITING = 20;
const MAX_WAITING_PER_KEY = 10;
const RETRY_AFTER_SECONDS = 2;

/** The origin of a password check, for fair scheduling. */
export interface Turn {
  /** Such as the address; keys are served in turn. */
  readonly key: string;
  /**
   * Whether the user is signed in, or signed in recently from this address. They have a queue of their own, which attempts
   * from other addresses don't delay.
   */
  readonly known: boolean;
}

/** Runs all password hashing, with limited concurrency and a bounded queue. */
export interface PasswordQueue {
  /** @throws {UserError} RATE_LIMITED with `retryAfterSeconds` if the queue is full; `work` isn't called then */
  run<T>(turn: Turn, work: () => Promise<T>): Promise<T>;
}

interface Waiting {
  readonly start: () => void;
  readonly evict: () => void;
}

export function createPasswordQueue(): PasswordQueue {
  const known = createLane();
  const others = createLane();
  let running = 0;
  let knownIsNext = true;

  const startNext = () => {
    while (running < MAX_CONCURRENT) {
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
        lane.add(turn.key, { start, evict: () => reject(full()) });
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

/** A bounded queue that serves its keys in turn. */
function createLane() {
  const byKey = new Map<string, Waiting[]>();
  const limit = createFairLimit<Waiting>({
    max: MAX_WAITING,
    maxPerKey: MAX_WAITING_PER_KEY,
    evict: (waiting) => {
      for (const [key, queue] of byKey) {
        const index = queue.indexOf(waiting);
        if (index >= 0) queue.splice(index, 1);
        if (queue.length === 0) byKey.delete(key);
      }
      waiting.evict();
    },
  });
  return {
    add: (key: string, waiting: Waiting) => {
      if (!limit.enter(waiting, key)) return waiting.evict();
      byKey.set(key, [...(byKey.get(key) ?? []), waiting]);
    },
    take: (): Waiting | undefined => {
      const [first] = byKey;
      if (first === undefined) return undefined;
      const [key, [next, ...rest]] = first;
      // Round robin: the key moves to the end.
      byKey.delete(key);
      if (rest.length > 0) byKey.set(key, rest);
      if (next) limit.leave(next);
      return next;
    },
  };
}

function full(): UserError {
  return new UserError('RATE_LIMITED', `Too many passwords are being checked. Try again in ${RETRY_AFTER_SECONDS} s.`, {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}
