import type { Database } from '../database/database.js';

/** The channel of `pg_notify`. The payload is the id of a user who is gone, or whose tokens were ended. */
export const SESSIONS_ENDED = 'user_sessions';

/** Tells whose sessions ended, over all processes. */
export interface UserFeed {
  /** Calls back when this user's sessions may have ended, until the function that it answers is called. */
  listen(userId: bigint, onEnd: () => void): () => void;
}

/** Listens at the database from the first listener on, once for all of them. */
export function createUserFeed(database: Database): UserFeed {
  const listeners = new Map<string, Set<() => void>>();
  let listening: Promise<unknown> | null = null;
  let hears = false;
  // Null: news may have been missed, so it may have been anybody's.
  const hear = (payload: string | null) => {
    const told = payload === null ? [...listeners.values()] : [listeners.get(payload) ?? []];
    for (const some of told) for (const onEnd of [...some]) onEnd();
  };
  return {
    listen: (userId, onEnd) => {
      const key = String(userId);
      const mine = listeners.get(key) ?? new Set();
      listeners.set(key, mine.add(onEnd));
      listening ??= database.changes.listen(SESSIONS_ENDED, hear);
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
