import type { ApiKeysQuery } from '../generated/operations.js';

export type ApiKey = ApiKeysQuery['apiKeys'][number];

/** Why a key is not valid any more; null if it is valid. */
export function endOf({ revokedAt, expiresAt }: ApiKey, now = Date.now()): 'Revoked' | 'Expired' | null {
  if (revokedAt) return 'Revoked';
  return expiresAt && Date.parse(expiresAt) <= now ? 'Expired' : null;
}
