import { z } from 'zod';
import type { CallWatch } from '../orders/order-source.js';
import type { AccessToken } from './access-token.js';
import { readAnswer } from './answer.js';
import { SpApiFailure } from './failure.js';
import type { Http } from './http.js';
import { type Patience, persist } from './persist.js';

export interface SpApiCredential {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}

/** Renewed this long before Amazon says that it ends, or after nine tenths of a short life. */
const MOST_MARGIN_MS = 5 * 60_000;

/** docs: in seconds, 3600 at present. Seen in the field: as text. */
const seconds = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\s*\d{1,9}(\.\d+)?\s*$/)
      .transform(Number),
  ])
  .pipe(z.number().positive());

/** The token goes into a header, so it must be printable ASCII. */
const tokenAnswer = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]{1,8192}$/),
  expires_in: seconds.nullish().transform((given) => given ?? 3600),
});

/**
 * Exchanges the refresh token for an access token at Login with Amazon.
 * docs: a form-encoded POST, without a scope. What Amazon refuses by its `error`, or with a 4xx, is not retried.
 * @throws {SyncError}
 */
export async function logIn(
  http: Http,
  lwaEndpoint: string,
  credential: SpApiCredential,
  patience: Patience,
  watch: CallWatch,
): Promise<AccessToken> {
  const request = {
    url: `${lwaEndpoint.replace(/\/+$/, '')}/auth/o2/token`,
    form: {
      grant_type: 'refresh_token',
      refresh_token: credential.refreshToken,
      client_id: credential.clientId,
      client_secret: credential.clientSecret,
    },
  };
  const { clock, logger } = patience;

  async function attempt(): Promise<AccessToken> {
    const askedAt = clock.now();
    const answer = await http.send('token', request, watch.signal);
    const read = tokenAnswer.safeParse(readAnswer('token', answer, clock.now()));
    if (!read.success) {
      const message = 'The answer holds no access token';
      throw new SpApiFailure({ operation: 'token', status: answer.status, code: null, message, retryable: true });
    }
    const lifeMs = read.data.expires_in * 1000;
    logger.debug({ operation: 'token', lifeMs }, 'got an access token');
    return {
      token: read.data.access_token,
      goodUntil: askedAt.getTime() + lifeMs - Math.min(MOST_MARGIN_MS, lifeMs / 10),
    };
  }
  return persist({ attempt }, patience, watch);
}
