import { UserError } from '../core/errors.js';
import type { Database } from '../database/database.js';
import { shareReads } from '../database/shared-reads.js';
import type { User } from '../generated/prisma/client.js';
import { readSessionUser } from './read-user.js';
import type { Tokens } from './tokens.js';
import { createUserFeed } from './user-feed.js';

export interface Session {
  /** The same while the token is renewed. */
  readonly id: string;
  readonly user: User;
  readonly expiresAt: Date;
  /** When the password was given. */
  readonly signedInAt: Date;
}

/** Checks tokens, and notifies when a session ends before its token expires. */
export interface Sessions {
  /** Calls `onEnd` when this session was ended before it expired. @returns what stops that */
  onSessionEnd(session: Session, onEnd: () => void): () => void;
  /**
   * The session of an `Authorization` header, with the user's present role; null without a header.
   * @throws {UserError} UNAUTHENTICATED for one that is wrong, has expired or signed out, or whose user is gone.
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
          'The authorization must read `Bearer TOKEN`, with the token that `login` gives.',
        );
      }
      const claims = await tokens.read(token);
      const user = claims && (await userOf(claims.userId, claims.sessionId));
      if (user && user.sessionVersion === claims.sessionVersion) {
        const { sessionId: id, expiresAt, signedInAt } = claims;
        return { id, user, expiresAt, signedInAt };
      }
      throw new UserError('UNAUTHENTICATED', 'The token is not valid, or no longer. Sign in again.');
    },
  };
}

function bearerToken(authorization: string): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization.trim())?.[1];
}
