import type { Clock } from '../core/clock.js';
import { UserError } from '../core/errors.js';
import type { Database } from '../database/database.js';
import { shareReads } from '../database/shared-reads.js';
import {
  createUseRecorder,
  hashOf,
  keyProblem,
  looksLikeApiKey,
  readApiKeyByHash,
  readApiKeyById,
} from './api-keys.js';
import { createEndFeed, endKeyOf } from './end-feed.js';
import type { ApiKeyAccess, Principal, Session } from './principal.js';
import { readSessionUser } from './sessions.js';
import type { Tokens } from './tokens.js';

/** Longest delay of `setTimeout`. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Authenticates tokens and API keys, and reports when they end. */
export interface Authentication {
  /**
   * Returns who sent an `Authorization` header, with the current role; null without a header.
   * @throws {UserError} UNAUTHENTICATED for a token that is invalid, expired or signed out, or whose user was removed; for
   *   an API key that is unknown, expired or revoked
   */
  authenticate(authorization: string | null | undefined): Promise<Principal | null>;
  /**
   * Calls `onEnd` once, with the reason, when the principal expires, signs out, or is removed or revoked, in whichever
   * process. For what outlasts a request: sockets, subscriptions, long responses.
   * @returns unsubscribe
   */
  onEnd(principal: Principal, onEnd: (reason: UserError) => void): () => void;
}

export function createAuthentication({
  database,
  tokens,
  clock,
}: {
  readonly database: Database;
  readonly tokens: Tokens;
  readonly clock: Clock;
}): Authentication {
  const feed = createEndFeed(database);
  const sharedUser = shareReads((key: string) => {
    const [userId = '', sessionId = ''] = key.split(' ');
    return readSessionUser(database, BigInt(userId), sessionId);
  });
  const sharedKeyByHash = shareReads((hash: string) => readApiKeyByHash(database, hash));
  const sharedKeyById = shareReads((id: bigint) => readApiKeyById(database, id));
  const recordUse = createUseRecorder(database, clock);

  const sessionOf = async (token: string): Promise<Session> => {
    const claims = await tokens.read(token);
    const user = claims && (await sharedUser(`${claims.userId} ${claims.sessionId}`));
    if (user && user.sessionVersion === claims.sessionVersion) {
      const { sessionId: id, expiresAt, signedInAt } = claims;
      return { kind: 'session', id, user, role: user.role, expiresAt, signedInAt };
    }
    throw new UserError('UNAUTHENTICATED', 'The token is invalid or has expired. Sign in again.');
  };

  const keyAccessOf = async (secret: string): Promise<ApiKeyAccess> => {
    const apiKey = await sharedKeyByHash(hashOf(secret).toString('hex'));
    if (!apiKey) throw noSuchKey();
    const problem = keyProblem(apiKey, clock.now());
    if (problem) throw problem;
    await recordUse(apiKey);
    return { kind: 'apiKey', apiKey, role: apiKey.role, expiresAt: apiKey.expiresAt };
  };

  /** Returns why the principal has ended since it was authenticated; null if it has not. */
  const endOf = async (principal: Principal): Promise<UserError | null> => {
    if (principal.kind === 'apiKey') {
      const apiKey = await sharedKeyById(principal.apiKey.id);
      return apiKey ? keyProblem(apiKey, clock.now()) : noSuchKey();
    }
    const user = await sharedUser(`${principal.user.id} ${principal.id}`);
    if (user?.sessionVersion === principal.user.sessionVersion) return null;
    return new UserError('UNAUTHENTICATED', 'The session was ended. Sign in again.');
  };

  return {
    authenticate: async (authorization) => {
      if (!authorization?.trim()) return null;
      const token = bearerToken(authorization);
      if (token === undefined) {
        throw new UserError(
          'UNAUTHENTICATED',
          'The Authorization header must be `Bearer TOKEN`, with the token that `login` returns or an API key.',
        );
      }
      return looksLikeApiKey(token) ? keyAccessOf(token) : sessionOf(token);
    },

    onEnd: (principal, onEnd) => {
      let ended = false;
      let timer: NodeJS.Timeout | undefined;
      const stop = () => {
        ended = true;
        clearTimeout(timer);
        stopListening();
      };
      const end = (reason: UserError) => {
        if (ended) return;
        stop();
        onEnd(reason);
      };
      const check = () => {
        endOf(principal).then(
          (reason) => reason && end(reason),
          () => end(new UserError('UNAUTHENTICATED', 'The token could not be checked again. Connect again.')),
        );
      };
      const { expiresAt } = principal;
      const awaitExpiry = () => {
        if (expiresAt === null) return;
        const ms = expiresAt.getTime() - Date.now();
        if (ms <= 0) return end(expiredError(principal, expiresAt));
        timer = setTimeout(awaitExpiry, Math.min(ms, MAX_TIMER_MS)).unref();
      };
      const stopListening = feed.listen(
        endKeyOf(principal.kind === 'session' ? { userId: principal.user.id } : { apiKeyId: principal.apiKey.id }),
        check,
      );
      awaitExpiry();
      return stop;
    },
  };
}

function noSuchKey(): UserError {
  return new UserError('UNAUTHENTICATED', 'There is no such API key. Check that the whole key was copied.');
}

function expiredError(principal: Principal, expiresAt: Date): UserError {
  const ofKey = principal.kind === 'apiKey' ? keyProblem(principal.apiKey, expiresAt) : null;
  return ofKey ?? new UserError('UNAUTHENTICATED', 'The session has expired. Sign in again.');
}

function bearerToken(authorization: string): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization.trim())?.[1];
}
