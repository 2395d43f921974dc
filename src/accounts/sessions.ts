import type { Clock } from '../core/clock.js';
import { UserError } from '../core/errors.js';
import type { Database, Sql } from '../database/database.js';
import { shareReads } from '../database/shared-reads.js';
import type { User } from '../generated/prisma/client.js';
import type { AuditLog } from './audit-log.js';
import { TOKEN_LIFE_SECONDS, type Tokens } from './tokens.js';

export interface Session {
  /** Kept by renewed tokens. */
  readonly id: string;
  readonly user: User;
  readonly expiresAt: Date;
  /** When the user signed in with the password. */
  readonly signedInAt: Date;
}

/** Authenticates tokens, and reports sessions that end before their token expires. */
export interface Sessions {
  /** Calls `onEnd` when the session is ended before it expires. @returns unsubscribe */
  onSessionEnd(session: Session, onEnd: () => void): () => void;
  /**
   * Returns the session of an `Authorization` header, with the user's current role; null without a header.
   * @throws {UserError} UNAUTHENTICATED for a token that is invalid, expired or signed out, or whose user was removed
   */
  authenticate(authorization: string | null | undefined): Promise<Session | null>;
}

export function createSessions({
  database,
  tokens,
}: {
  readonly database: Database;
  readonly tokens: Tokens;
}): Sessions {
  const feed = createUserFeed(database);
  const sharedRead = shareReads((key: string) => {
    const [userId = '', sessionId = ''] = key.split(' ');
    return readSessionUser(database, BigInt(userId), sessionId);
  });
  const userOf = (userId: bigint, sessionId: string) => sharedRead(`${userId} ${sessionId}`);
  return {
    onSessionEnd: (session, onEnd) =>
      feed.listen(session.user.id, () => {
        userOf(session.user.id, session.id).then(
          (user) => {
            if (user?.sessionVersion !== session.user.sessionVersion) onEnd();
          },
          () => onEnd(),
        );
      }),

    authenticate: async (authorization) => {
      if (!authorization?.trim()) return null;
      const token = bearerToken(authorization);
      if (token === undefined) {
        throw new UserError(
          'UNAUTHENTICATED',
          'The Authorization header must be `Bearer TOKEN`, with the token that `login` returns.',
        );
      }
      const claims = await tokens.read(token);
      const user = claims && (await userOf(claims.userId, claims.sessionId));
      if (user && user.sessionVersion === claims.sessionVersion) {
        const { sessionId: id, expiresAt, signedInAt } = claims;
        return { id, user, expiresAt, signedInAt };
      }
      throw new UserError('UNAUTHENTICATED', 'The token is invalid or has expired. Sign in again.');
    },
  };
}

function bearerToken(authorization: string): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization.trim())?.[1];
}

/**
 * Returns the user of a session; null if the user was removed or the session ended. Read at each request, so that removals,
 * role changes and sign-outs take effect at once.
 */
async function readSessionUser(sql: Sql, userId: bigint, sessionId: string): Promise<User | null> {
  const [row] = await sql.query<User>(
    `SELECT id, email, password_hash AS "passwordHash", role, session_version AS "sessionVersion", created_at AS "createdAt"
       FROM users WHERE id = $1 AND NOT EXISTS (SELECT FROM ended_session WHERE id = $2)`,
    [String(userId), sessionId],
    { prepare: true },
  );
  return row ?? null;
}

/** The channel of `pg_notify`. Payload: the id of a user who was removed or some of whose sessions ended. */
const SESSIONS_ENDED = 'user_sessions';

/** Notifies all processes within the transaction; received by `createUserFeed`. */
export async function notifySessionsEnded(sql: Sql, userId: bigint): Promise<void> {
  await sql.query('SELECT pg_notify($1, $2)', [SESSIONS_ENDED, String(userId)]);
}

/** Notifications are kept this long, for sessions that start to listen after the token was checked. */
const RECENT_MS = 10_000;

/** Reports ended sessions of all processes. */
interface UserFeed {
  /** Calls `onEnd` when sessions of this user may have ended. @returns unsubscribe */
  listen(userId: bigint, onEnd: () => void): () => void;
}

/** Shares one LISTEN, from the first listener on; notified by `notifySessionsEnded`. */
function createUserFeed(database: Database): UserFeed {
  const listeners = new Map<string, Set<() => void>>();
  let listening: Promise<unknown> | null = null;
  let isListening = false;
  /** When each payload was last received. */
  const recent = new Map<string | null, number>();
  // Null after a reconnect: notifications of any user may have been missed.
  const receive = (payload: string | null) => {
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
      listening ??= database.notifications.listen(SESSIONS_ENDED, receive);
      const receivedAt = Math.max(
        recent.get(key) ?? Number.NEGATIVE_INFINITY,
        recent.get(null) ?? Number.NEGATIVE_INFINITY,
      );
      if (performance.now() - receivedAt <= RECENT_MS) queueMicrotask(() => mine.has(onEnd) && onEnd());
      if (!isListening) {
        // Sessions may have ended before LISTEN took effect.
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

/** Covers a concurrent renewal, and clock differences between processes. */
const MARGIN_SECONDS = 5 * 60;

/** Ends a session, all of its tokens included, for all processes. The row is kept until the last token would have expired. */
export async function logout(
  { database, audit, clock }: { database: Database; audit: AuditLog; clock: Clock },
  { id, user }: Session,
): Promise<void> {
  const now = clock.now();
  const expiresAt = new Date(now.getTime() + (TOKEN_LIFE_SECONDS + MARGIN_SECONDS) * 1000);
  await database.transaction(async (sql) => {
    await sql.query('DELETE FROM ended_session WHERE expires_at <= $1', [now]);
    await sql.query('INSERT INTO ended_session (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING', [
      id,
      expiresAt,
    ]);
    await audit.record('logout', user, {}, sql);
    await notifySessionsEnded(sql, user.id);
  });
}
