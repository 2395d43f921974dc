import { createHash, randomUUID } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../core/clock.js';

const NAME = 'ordermirror';
export const TOKEN_LIFE_SECONDS = 60 * 60;
const MAX_CACHED = 1_000;

/** Tokens name the user, the session and its end. The role is read from the user's row at each request. */
export interface Tokens {
  issue(userId: bigint, of?: Partial<TokenOrigin>): Promise<{ token: string; expiresAt: Date }>;
  /** Null for a token that is forged, was issued by another program, or has expired. */
  read(token: string): Promise<TokenClaims | null>;
}

/** The sign-in that a token comes from. */
export interface TokenOrigin {
  /** The user's, when it was made (default 0). */
  readonly sessionVersion: number;
  /** When the password was given; a renewed token keeps it (default: now). */
  readonly signedInAt: Date;
  /** The same for all tokens of a sign-in: a renewed token keeps it (default: a new one). */
  readonly sessionId: string;
}

export interface TokenClaims extends TokenOrigin {
  readonly userId: bigint;
  readonly expiresAt: Date;
}

/** JWTs, signed with HMAC-SHA256; they live one hour. */
export function createTokens({ jwtSecret, clock }: { jwtSecret: string; clock: Clock }): Tokens {
  const key = new TextEncoder().encode(jwtSecret);
  // A signature that was right stays right; only the time has to be looked at again.
  const known = new Map<string, TokenClaims>();
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
      const before = known.get(token);
      if (before) return before.expiresAt > clock.now() ? before : null;
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
        // Tokens of earlier versions name no session: each is one of its own.
        sessionId: typeof claims.sid === 'string' ? claims.sid : createHash('sha256').update(token).digest('base64url'),
        signedInAt: new Date(Number(claims.auth_time ?? claims.iat ?? 0) * 1000),
      };
      if (known.size >= MAX_CACHED) known.clear();
      known.set(token, read);
      return read;
    },
  };
}
