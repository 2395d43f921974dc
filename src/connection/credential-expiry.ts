import type { AmazonCredential } from '../generated/prisma/client.js';

const DAY_MS = 24 * 60 * 60_000;
/** Amazon's rules: a client secret is rotated every 180 days, a public application authorised again every 365. */
const SECRET_DAYS = 180;
const AUTHORIZATION_DAYS = 365;

/** Returns when a client secret that expires at this instant was created. */
export const secretCreatedAt = (expiresAt: Date): Date => new Date(expiresAt.getTime() - SECRET_DAYS * DAY_MS);

/** When Amazon stops to accept the client secret, if it was created when it was saved; null if it is the environment's. */
export function secretExpiresAt({ secretSavedAt }: Pick<AmazonCredential, 'secretSavedAt'>): Date | null {
  return secretSavedAt && new Date(secretSavedAt.getTime() + SECRET_DAYS * DAY_MS);
}

/** When the seller's authorisation ends, of a public application; null for a private one. */
export function authorizationExpiresAt({
  tokenSavedAt,
  publicApplication,
}: Pick<AmazonCredential, 'tokenSavedAt' | 'publicApplication'>): Date | null {
  return publicApplication && tokenSavedAt ? new Date(tokenSavedAt.getTime() + AUTHORIZATION_DAYS * DAY_MS) : null;
}
