import { randomBytes } from 'node:crypto';
import { missingToken, unauthorized } from './api-errors.js';

/** The access tokens given out, each good for an hour by default. */
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

  /** Throws the 403 of a token that is missing, expired or no token at all (seen in the field: the texts). */
  check(token: string | undefined): void {
    if (token === undefined || token === '') throw missingToken();
    if (!token.startsWith('Atza|')) {
      throw unauthorized(TOKEN_REVOKED);
    }
    if (this.#now() >= (this.#expiry.get(token) ?? 0)) throw tokenExpired();
  }

  /** Takes back all tokens given out so far. */
  expireAll(): void {
    this.#expiry.clear();
  }
}

export const TOKEN_REVOKED = 'The access token you provided is revoked, malformed or invalid.';

export function tokenExpired() {
  return unauthorized('The access token you provided has expired.');
}
