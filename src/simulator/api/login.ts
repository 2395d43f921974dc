import { randomBytes } from 'node:crypto';
import { ErrorReply, missingToken, type Reply, unauthorized } from './http.js';

/** The refresh token of a revoked authorisation. */
export const REVOKED_REFRESH_TOKEN = 'Atzr|revoked';
/** The client id of an expired client secret. */
export const EXPIRED_CLIENT_ID = 'expired';

/** Login with Amazon: issues an access token for any credential except the two above. Secrets are never stored. */
export function login(body: string, contentType: string, tokens: AccessTokens): Reply {
  const fields = parseFields(body, contentType);
  const given = (name: string): string => {
    const value = fields.get(name);
    if (value === undefined || value === '') {
      throw loginError(400, 'invalid_request', `The request is missing a required parameter : ${name}`);
    }
    return value;
  };
  if (given('grant_type') !== 'refresh_token') {
    throw loginError(400, 'unsupported_grant_type', 'The authorization grant type is not supported');
  }
  const refreshToken = given('refresh_token');
  const clientId = given('client_id');
  given('client_secret');
  if (clientId === EXPIRED_CLIENT_ID) throw invalidClient();
  if (refreshToken === REVOKED_REFRESH_TOKEN) throw invalidGrant();
  return {
    status: 200,
    headers: { 'cache-control': 'no-store' },
    body: {
      access_token: tokens.issue(),
      refresh_token: refreshToken,
      token_type: 'bearer',
      expires_in: tokens.lifeSeconds,
    },
  };
}

/** 400: revoked, expired, or another application's (code seen in the field). */
export function invalidGrant(): ErrorReply {
  return loginError(400, 'invalid_grant', 'The request has an invalid grant parameter : refresh_token');
}

/** 401: a wrong pair of id and secret, or a secret past its deadline (seen in the field). */
export function invalidClient(): ErrorReply {
  return loginError(401, 'invalid_client', 'Client authentication failed');
}

/** The login's errors are flat, unlike those of SP-API (seen in the field). */
export function loginError(status: number, error: string, description: string): ErrorReply {
  return new ErrorReply({
    status,
    headers: { 'cache-control': 'no-store' },
    body: { error, error_description: description },
  });
}

/** A form (documented) or JSON (seen in the field). */
function parseFields(body: string, contentType: string): Map<string, string> {
  if (contentType.startsWith('application/x-www-form-urlencoded')) return new Map(new URLSearchParams(body));
  if (!contentType.startsWith('application/json')) {
    throw loginError(400, 'invalid_request', 'The Content-Type is not supported');
  }
  try {
    const fields: unknown = JSON.parse(body);
    const strings = Object.entries(fields ?? {}).filter(([, value]) => typeof value === 'string');
    return new Map(strings as [string, string][]);
  } catch {
    throw loginError(400, 'invalid_request', 'The body is not valid JSON');
  }
}

/** The issued access tokens, valid for an hour by default. */
export class AccessTokens {
  readonly lifeSeconds: number;
  readonly #now: () => number;
  /** Token → expiry in milliseconds. */
  readonly #expiry = new Map<string, number>();

  constructor(now: () => number, lifeSeconds = 3600) {
    this.#now = now;
    this.lifeSeconds = lifeSeconds;
  }

  issue(): string {
    const now = this.#now();
    for (const [token, expiry] of this.#expiry) if (expiry <= now) this.#expiry.delete(token);
    const token = `Atza|${randomBytes(90).toString('base64url')}`;
    this.#expiry.set(token, now + this.lifeSeconds * 1000);
    return token;
  }

  /** Throws the 403 of a missing, expired or invalid token (texts seen in the field). */
  check(token: string | undefined): void {
    if (token === undefined || token === '') throw missingToken();
    if (!token.startsWith('Atza|')) {
      throw unauthorized(TOKEN_REVOKED);
    }
    if (this.#now() >= (this.#expiry.get(token) ?? 0)) throw tokenExpired();
  }

  /** Expires all tokens issued so far. */
  expireAll(): void {
    this.#expiry.clear();
  }
}

export const TOKEN_REVOKED = 'The access token you provided is revoked, malformed or invalid.';

export function tokenExpired() {
  return unauthorized('The access token you provided has expired.');
}
