import { createHash, randomUUID } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../core/clock.js';

const NAME = 'ordermirror';
export const TOKEN_LIFE_SECONDS = 60 * 60;
const MAX_CACHED = 1_000;

/** Access tokens with user, session and expiry. The role is read from the database at each request. */
export interface Tokens {
  issue(userId: bigint, of?: Partial<TokenOrigin>): Promise<{ token: string; expiresAt: Date }>;
  /** Returns null for a token that is forged, expired or from another issuer. */
  read(token: string): Promise<TokenClaims | null>;
}

/** The sign-in that a token comes from. */
export interface TokenOrigin {
  /** The user's at the time of issue (default 0). */
  readonly sessionVersion: number;
  /** When the user signed in; kept by renewed tokens (default: now). */
  readonly signedInAt: Date;
  /** Kept by renewed tokens (default: a new one). */
  readonly sessionId: string;
}

export interface TokenClaims extends TokenOrigin {
  readonly userId: bigint;
  readonly expiresAt: Date;
}

/** JWTs signed with HMAC-SHA256, valid for one hour. */
export function createTokens({ jwtSecret, clock }: { jwtSecret: string; clock: Clock }): Tokens {
  const key = new TextEncoder().encode(jwtSecret);
  // Verified tokens; only their expiry is checked again.
  const verified = new Map<string, TokenClaims>();
  return {
    issue: async (userId, { sessionVersion = 0, signedInAt, sessionId = randomUUID() } = {}) => {
      const issuedAt = Math.floor(clock.now().getTime() / 1000);
      const claims = {
        ses: sessionVersion,
        sid: sessionId,
        auth_time: signedInAt ? Math.floor(signedInAt.getTime() / 1000) : issuedAt,
      };
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setIssuer(NAME)
        .setAudience(NAME)
        .setSubject(String(userId))
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + TOKEN_LIFE_SECONDS)
        .sign(key);
      return { token, expiresAt: new Date((issuedAt + TOKEN_LIFE_SECONDS) * 1000) };
    },
    read: async (token) => {
      const cached = verified.get(token);
      if (cached) return cached.expiresAt > clock.now() ? cached : null;
      const claims = await jwtVerify(token, key, {
        algorithms: ['HS256'],
        issuer: NAME,
        audience: NAME,
        currentDate: clock.now(),
      }).then(
        ({ payload }) => payload,
        () => null,
      );
      if (claims?.exp === undefined || !/^\d{1,18}$/.test(claims.sub ?? '')) return null;
      const read = {
        userId: BigInt(claims.sub ?? ''),
        expiresAt: new Date(claims.exp * 1000),
        sessionVersion: Number(claims.ses ?? 0),
        // Tokens of earlier versions have no session id: each is a session of its own.
        sessionId: typeof claims.sid === 'string' ? claims.sid : createHash('sha256').update(token).digest('base64url'),
        signedInAt: new Date(Number(claims.auth_time ?? claims.iat ?? 0) * 1000),
      };
      if (verified.size >= MAX_CACHED) verified.clear();
      verified.set(token, read);
      return read;
    },
  };
}
