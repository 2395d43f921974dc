import type { Database, Sql } from '../database/database.js';

/** The channel of `pg_notify`. Payload: an `EndKey`. */
const PRINCIPALS_ENDED = 'user_sessions';

/** A user who was removed or some of whose sessions ended (`7`), or an API key that was revoked (`key 7`). */
type EndKey = `${bigint}` | `key ${bigint}`;

export function endKeyOf(of: { readonly userId: bigint } | { readonly apiKeyId: bigint }): EndKey {
  return 'userId' in of ? `${of.userId}` : `key ${of.apiKeyId}`;
}

/** Notifies all processes within the transaction; received by `createEndFeed`. */
export async function notifyEnded(sql: Sql, of: Parameters<typeof endKeyOf>[0]): Promise<void> {
  await sql.query('SELECT pg_notify($1, $2)', [PRINCIPALS_ENDED, endKeyOf(of)]);
}

/** Notifications are kept this long, for listeners that start after their token was checked. */
const RECENT_MS = 10_000;

/** Reports ended sessions and revoked keys of all processes. */
export interface EndFeed {
  /** Calls `onEnd` when sessions of this user, or this key, may have ended. @returns unsubscribe */
  listen(key: EndKey, onEnd: () => void): () => void;
}

/** Shares one LISTEN, from the first listener on; notified by `notifyEnded`. */
export function createEndFeed(database: Database): EndFeed {
  const listeners = new Map<string, Set<() => void>>();
  let listening: Promise<unknown> | null = null;
  let isListening = false;
  /** When each payload was last received. */
  const recent = new Map<string | null, number>();
  // Null after a reconnect: any notification may have been missed.
  const receive = (payload: string | null) => {
    const now = performance.now();
    for (const [key, at] of recent) if (now - at > RECENT_MS) recent.delete(key);
    recent.set(payload, now);
    const called = payload === null ? [...listeners.values()] : [listeners.get(payload) ?? []];
    for (const some of called) for (const onEnd of [...some]) onEnd();
  };
  return {
    listen: (key, onEnd) => {
      const mine = listeners.get(key) ?? new Set();
      listeners.set(key, mine.add(onEnd));
      listening ??= database.notifications.listen(PRINCIPALS_ENDED, receive);
      const receivedAt = Math.max(
        recent.get(key) ?? Number.NEGATIVE_INFINITY,
        recent.get(null) ?? Number.NEGATIVE_INFINITY,
      );
      if (performance.now() - receivedAt <= RECENT_MS) queueMicrotask(() => mine.has(onEnd) && onEnd());
      if (!isListening) {
        // It may have ended before LISTEN took effect.
        listening.then(
          () => {
            isListening = true;
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
