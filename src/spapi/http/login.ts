import { z } from 'zod';
import type { Clock } from '../../core/clock.js';
import type { SpApiCall } from './call-log.js';
import { type CallWatch, type SharedWork, shareWork } from './call-watch.js';
import { exchange } from './exchange.js';
import { SpApiFailure } from './failure.js';
import type { Http } from './http.js';
import { type RetryPolicy, withRetry } from './retry.js';

export interface SpApiCredential {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}

export interface AccessToken {
  readonly token: string;
  /** Epoch milliseconds until which it may be used. */
  readonly goodUntil: number;
}

/** A token is renewed this long before it expires, or after nine tenths of a shorter life. */
const MAX_MARGIN_MS = 5 * 60_000;

/** docs: in seconds, 3600 at present. Seen in the field: a string. */
const seconds = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\s*\d{1,9}(\.\d+)?\s*$/)
      .transform(Number),
  ])
  .pipe(z.number().positive());

/** The token is sent in a header, so it must be printable ASCII. */
const tokenAnswer = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]{1,8192}$/),
  expires_in: seconds.nullish().transform((given) => given ?? 3600),
});

interface LoginOptions {
  readonly http: Http;
  readonly policy: RetryPolicy;
  /** Called with each request, once it was answered or has failed. */
  readonly onCall?: ((call: SpApiCall) => void) | undefined;
}

/** docs: for operations that need no seller's grant, such as those of destinations. */
export type Scope = 'sellingpartnerapi::notifications';

/**
 * Gets an access token from Login with Amazon: for the refresh token, or for a scope that needs no seller.
 * docs: a form-encoded POST, with either of them. Errors that Amazon names in `error`, and 4xx, are not retried.
 * @throws {SyncError}
 */
export async function logIn(
  { http, policy, onCall }: LoginOptions,
  lwaEndpoint: string,
  credential: SpApiCredential,
  watch: CallWatch,
  scope?: Scope,
): Promise<AccessToken> {
  const request = {
    url: `${lwaEndpoint.replace(/\/+$/, '')}/auth/o2/token`,
    form: {
      ...(scope
        ? { grant_type: 'client_credentials', scope }
        : { grant_type: 'refresh_token', refresh_token: credential.refreshToken }),
      client_id: credential.clientId,
      client_secret: credential.clientSecret,
    },
  };
  const { clock, logger } = policy;

  let requests = 0;

  async function attempt(): Promise<AccessToken> {
    const requestedAt = clock.now();
    requests += 1;
    const call = { http, clock, operation: 'token', request, attempt: requests, watch, onCall } as const;
    const read = tokenAnswer.safeParse(await exchange(call));
    if (!read.success) {
      const message = 'The answer contains no access token';
      throw new SpApiFailure({ operation: 'token', status: 200, code: null, message, retryable: true });
    }
    const lifeMs = read.data.expires_in * 1000;
    logger.debug({ operation: 'token', lifeMs }, 'Received an access token');
    return {
      token: read.data.access_token,
      goodUntil: requestedAt.getTime() + lifeMs - Math.min(MAX_MARGIN_MS, lifeMs / 10),
    };
  }
  return withRetry({ attempt }, policy, watch);
}

/** Caches the access token in memory; concurrent callers share one login. */
export interface AccessTokens {
  /** @throws {SyncError} when the login fails */
  get(watch: CallWatch): Promise<string>;
  /** Returns a token other than `rejected`; logs in only if no other caller has done so. @throws {SyncError} */
  renew(rejected: string, watch: CallWatch): Promise<string>;
}

export function createAccessTokens(login: (watch: CallWatch) => Promise<AccessToken>, clock: Clock): AccessTokens {
  let cached: AccessToken | null = null;
  let pending: SharedWork<string> | null = null;

  function start(): SharedWork<string> {
    const started = shareWork(
      async (watch) => {
        cached = await login(watch);
        return cached.token;
      },
      () => {
        if (pending === started) pending = null;
      },
    );
    return started;
  }

  const tokens: AccessTokens = {
    async get(watch) {
      if (cached && clock.now().getTime() < cached.goodUntil) return cached.token;
      watch.signal.throwIfAborted();
      pending ??= start();
      return pending.join(watch);
    },
    async renew(rejected, watch) {
      if (cached?.token === rejected) cached = null;
      return tokens.get(watch);
    },
  };
  return tokens;
}
