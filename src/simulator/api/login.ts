import { randomBytes } from 'node:crypto';
import { ErrorReply, missingToken, type Reply, unauthorized } from './http.js';

/** The refresh token of a revoked authorisation. */
export const REVOKED_REFRESH_TOKEN = 'Atzr|revoked';
/** The client id of an expired client secret. */
export const EXPIRED_CLIENT_ID = 'expired';

/** The scope of the Notifications API's operations that no seller grants. */
export const NOTIFICATIONS_SCOPE = 'sellingpartnerapi::notifications';

/**
 * Login with Amazon: issues an access token for any credential except the two above. Secrets are never stored.
 * @param grantsScope whether the application may have a token for the scope of notifications
 */
export function login(body: string, contentType: string, tokens: AccessTokens, grantsScope: boolean): Reply {
  const fields = parseFields(body, contentType);
  const given = (name: string): string => {
    const value = fields.get(name);
    if (value === undefined || value === '') {
      throw loginError(400, 'invalid_request', `The request is missing a required parameter : ${name}`);
    }
    return value;
  };
  const grantType = given('grant_type');
  if (grantType !== 'refresh_token' && grantType !== 'client_credentials') {
    throw loginError(400, 'unsupported_grant_type', 'The authorization grant type is not supported');
  }
  const isGrantless = grantType === 'client_credentials';
  const refreshToken = isGrantless ? '' : given('refresh_token');
  const scope = isGrantless ? given('scope') : '';
  const clientId = given('client_id');
  given('client_secret');
  if (clientId === EXPIRED_CLIENT_ID) throw invalidClient();
  if (refreshToken === REVOKED_REFRESH_TOKEN) throw invalidGrant();
  if (isGrantless && (scope !== NOTIFICATIONS_SCOPE || !grantsScope)) throw invalidScope();
  return {
    status: 200,
    headers: { 'cache-control': 'no-store' },
    body: {
      access_token: tokens.issue(isGrantless ? 'grantless' : 'seller'),
      ...(isGrantless ? { scope } : { refresh_token: refreshToken }),
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

/** 400 (text seen in the field): an unknown scope, or one that the application doesn't get. */
export function invalidScope(): ErrorReply {
  return loginError(400, 'invalid_scope', 'The request has an invalid parameter : scope');
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

/** A seller's token, or the application's own for operations that need no seller's grant; neither is good for the other's. */
export type TokenKind = 'seller' | 'grantless';

const PREFIXES: Record<TokenKind, string> = { seller: 'Atza|', grantless: 'Atc|' };

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

  issue(kind: TokenKind = 'seller'): string {
    const now = this.#now();
    for (const [token, expiry] of this.#expiry) if (expiry <= now) this.#expiry.delete(token);
    const token = `${PREFIXES[kind]}${randomBytes(90).toString('base64url')}`;
    this.#expiry.set(token, now + this.lifeSeconds * 1000);
    return token;
  }

  /** Throws the 403 of a missing, expired or invalid token (texts seen in the field). */
  check(token: string | undefined, kind: TokenKind = 'seller'): void {
    if (token === undefined || token === '') throw missingToken();
    if (!Object.values(PREFIXES).some((prefix) => token.startsWith(prefix))) throw unauthorized(TOKEN_REVOKED);
    if (this.#now() >= (this.#expiry.get(token) ?? 0)) throw tokenExpired();
    if (!token.startsWith(PREFIXES[kind])) throw unauthorized();
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
