import type { Database } from '../database/database.js';

/** The channel of `pg_notify`. The payload is the id of a user who is gone, or some of whose sessions were ended. */
export const SESSIONS_ENDED = 'user_sessions';

/** A notification that came between the check of a token and `listen`; far longer than that takes. */
const RECENT_MS = 10_000;

/** Notifies whose sessions ended, over all processes. */
export interface UserFeed {
  /** Calls back when this user's sessions may have ended, until the function that it answers is called. */
  listen(userId: bigint, onEnd: () => void): () => void;
}

/** Listens at the database from the first listener on, once for all of them. */
export function createUserFeed(database: Database): UserFeed {
  const listeners = new Map<string, Set<() => void>>();
  let listening: Promise<unknown> | null = null;
  let hears = false;
  /** When each payload was last received. */
  const recent = new Map<string | null, number>();
  // Null: news may have been missed, so it may have been anybody's.
  const hear = (payload: string | null) => {
    const now = performance.now();
    for (const [key, at] of recent) if (now - at > RECENT_MS) recent.delete(key);
    recent.set(payload, now);
    const called = payload === null ? [...listeners.values()] : [listeners.get(payload) ?? []];
    for (const some of called) for (const onEnd of [...some]) onEnd();
  };
  return {
    listen: (userId, onEnd) => {
      const key = String(userId);
      const mine = listeners.get(key) ?? new Set();
      listeners.set(key, mine.add(onEnd));
      listening ??= database.notifications.listen(SESSIONS_ENDED, hear);
      const receivedAt = Math.max(
        recent.get(key) ?? Number.NEGATIVE_INFINITY,
        recent.get(null) ?? Number.NEGATIVE_INFINITY,
      );
      if (performance.now() - receivedAt <= RECENT_MS) queueMicrotask(() => mine.has(onEnd) && onEnd());
      if (!hears) {
        // What happened before the database listened is looked for.
        listening.then(
          () => {
            hears = true;
            if (mine.has(onEnd)) onEnd();
          },
          () => {
            listening = null;
          },
        );
      }
      return () => {
        mine.delete(onEnd);
        if (mine.size === 0) listeners.delete(key);
      };
    },
  };
}
