import type { AccessTokens } from './access-tokens.js';
import { Refusal, type Reply } from './http.js';

/** The refresh token of a seller who took the authorisation back. */
export const REVOKED_REFRESH_TOKEN = 'Atzr|revoked';
/** The client whose secret was not rotated in time. */
export const EXPIRED_CLIENT_ID = 'expired';

/** Login with Amazon: gives an access token for any credential but the two magic ones. Secrets are looked at, never kept. */
export function login(body: string, contentType: string, tokens: AccessTokens): Reply {
  const fields = parseFields(body, contentType);
  const given = (name: string): string => {
    const value = fields.get(name);
    if (value === undefined || value === '') {
      throw loginRefusal(400, 'invalid_request', `The request is missing a required parameter : ${name}`);
    }
    return value;
  };
  if (given('grant_type') !== 'refresh_token') {
    throw loginRefusal(400, 'unsupported_grant_type', 'The authorization grant type is not supported');
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
export function invalidGrant(): Refusal {
  return loginRefusal(400, 'invalid_grant', 'The request has an invalid grant parameter : refresh_token');
}

/** 401: a wrong pair of id and secret, or a secret past its deadline (seen in the field). */
export function invalidClient(): Refusal {
  return loginRefusal(401, 'invalid_client', 'Client authentication failed');
}

/** The login's errors are flat, unlike those of SP-API (seen in the field). */
export function loginRefusal(status: number, error: string, description: string): Refusal {
  return new Refusal({
    status,
    headers: { 'cache-control': 'no-store' },
    body: { error, error_description: description },
  });
}

/** A form (documented) or JSON (seen in the field). */
function parseFields(body: string, contentType: string): Map<string, string> {
  if (contentType.startsWith('application/x-www-form-urlencoded')) return new Map(new URLSearchParams(body));
  if (!contentType.startsWith('application/json')) {
    throw loginRefusal(400, 'invalid_request', 'The Content-Type is not supported');
  }
  try {
    const fields: unknown = JSON.parse(body);
    const strings = Object.entries(fields ?? {}).filter(([, value]) => typeof value === 'string');
    return new Map(strings as [string, string][]);
  } catch {
    throw loginRefusal(400, 'invalid_request', 'The body is not valid JSON');
  }
}
