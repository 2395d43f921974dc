import { SyncError } from '../core/errors.js';
import type { AmazonCredential } from '../generated/prisma/client.js';
import type { SpApiClientOptions } from '../spapi/http/client.js';
import type { CredentialHealth } from './connection.js';
import type { Sealer } from './sealing.js';

/** Where a sealed value belongs: see `Sealer`. */
export const placeOf = {
  refreshToken: (connectionId: bigint) => `amazon_credential.refresh_token_sealed ${connectionId}`,
  clientSecret: (connectionId: bigint) => `amazon_credential.lwa_client_secret_sealed ${connectionId}`,
};

/** The environment's application. */
export interface LwaClient {
  readonly clientId: string | null;
  readonly clientSecret: string | null;
}

type Sealed = Pick<AmazonCredential, 'connectionId' | 'refreshTokenSealed' | 'lwaClientId' | 'lwaClientSecretSealed'>;

/**
 * What to sign in at Amazon with: the application is the saved one, or the environment's.
 * @throws {SyncError} DECRYPTION_FAILED, LWA_INVALID_CLIENT
 */
export function openCredential(sealed: Sealed, sealer: Sealer, lwa: LwaClient): SpApiClientOptions['credential'] {
  const refreshToken = sealer.open(sealed.refreshTokenSealed, placeOf.refreshToken(sealed.connectionId));
  const clientId = sealed.lwaClientId ?? lwa.clientId;
  const clientSecret =
    sealed.lwaClientSecretSealed === null
      ? secretFrom(lwa, clientId)
      : sealer.open(sealed.lwaClientSecretSealed, placeOf.clientSecret(sealed.connectionId));
  if (clientId !== null && clientSecret !== null) return { clientId, clientSecret, refreshToken };
  throw new SyncError(
    'LWA_INVALID_CLIENT',
    clientId === null
      ? 'There is no LWA client id of the application. Save it with the credential (lwaClientId, lwaClientSecret), or set LWA_CLIENT_ID and LWA_CLIENT_SECRET.'
      : 'There is no LWA client secret for the client id that is in use. Save both with the credential (lwaClientId, lwaClientSecret), or set LWA_CLIENT_ID to the same, with its LWA_CLIENT_SECRET.',
  );
}

export function credentialHealth(sealed: Sealed, sealer: Sealer, lwa: LwaClient): CredentialHealth {
  return { readable: isReadable(sealed, sealer), clientSource: clientSourceOf(sealed, lwa) };
}

function clientSourceOf({ lwaClientId, lwaClientSecretSealed }: Sealed, lwa: LwaClient) {
  const clientId = lwaClientId ?? lwa.clientId;
  if (clientId === null || (lwaClientSecretSealed ?? secretFrom(lwa, clientId)) === null) return null;
  return lwaClientId !== null && lwaClientSecretSealed !== null ? 'CREDENTIAL' : 'ENVIRONMENT';
}

function isReadable({ connectionId, refreshTokenSealed, lwaClientSecretSealed }: Sealed, sealer: Sealer): boolean {
  try {
    sealer.open(refreshTokenSealed, placeOf.refreshToken(connectionId));
    if (lwaClientSecretSealed !== null) sealer.open(lwaClientSecretSealed, placeOf.clientSecret(connectionId));
    return true;
  } catch {
    return false;
  }
}

/** The environment's secret, which goes with no other client id than its own. */
export function secretFrom(lwa: LwaClient, clientId: string | null): string | null {
  return clientId === lwa.clientId ? lwa.clientSecret : null;
}
