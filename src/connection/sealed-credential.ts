import { SyncError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Database } from '../database/database.js';
import type { AmazonCredential } from '../generated/prisma/client.js';
import type { SpApiClientOptions } from '../spapi/http/client.js';
import type { Sealer } from './sealing.js';
import type { CredentialHealth } from './types.js';

/** The place that a sealed value is bound to: see `Sealer`. */
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
 * Returns the credential for Login with Amazon, with the saved application or the environment's.
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
      ? 'The application has no LWA client id. Save it with the credential (lwaClientId, lwaClientSecret), or set LWA_CLIENT_ID and LWA_CLIENT_SECRET.'
      : 'There is no LWA client secret for the client id in use. Save both with the credential (lwaClientId, lwaClientSecret), or set LWA_CLIENT_ID to the same id, with its LWA_CLIENT_SECRET.',
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

/** Returns the environment's secret if the client id is the environment's. */
export function secretFrom(lwa: LwaClient, clientId: string | null): string | null {
  return clientId === lwa.clientId ? lwa.clientSecret : null;
}

type SealedRow = Pick<AmazonCredential, 'id' | 'connectionId' | 'refreshTokenSealed' | 'lwaClientSecretSealed'>;

const SEALED_SQL = `
  SELECT id, connection_id AS "connectionId", refresh_token_sealed AS "refreshTokenSealed",
         lwa_client_secret_sealed AS "lwaClientSecretSealed"
    FROM amazon_credential`;

/**
 * Seals values of older keys again with the newest key, at the start. Returns their number. Values that can't be opened
 * are kept and logged.
 */
export async function rotateSealedValues(options: {
  database: Database;
  sealer: Sealer;
  logger: Logger;
}): Promise<number> {
  const { database, sealer, logger } = options;
  // Not by Prisma, whose query compiler would delay the start.
  const [credential] = await database.query<SealedRow>(SEALED_SQL);
  if (!credential) return 0;
  const { connectionId, refreshTokenSealed, lwaClientSecretSealed } = credential;

  const again = (sealed: string, place: string) =>
    sealer.isCurrent(sealed) ? sealed : sealer.seal(sealer.open(sealed, place), place);
  try {
    const token = again(refreshTokenSealed, placeOf.refreshToken(connectionId));
    const secret = lwaClientSecretSealed && again(lwaClientSecretSealed, placeOf.clientSecret(connectionId));
    const changed = Number(token !== refreshTokenSealed) + Number(secret !== lwaClientSecretSealed);
    if (changed === 0) return 0;
    // Only if unchanged: the credential may have been saved again in between.
    const { count } = await database.prisma.amazonCredential.updateMany({
      where: { id: credential.id, refreshTokenSealed, lwaClientSecretSealed },
      data: { refreshTokenSealed: token, lwaClientSecretSealed: secret },
    });
    if (count === 0) return 0;
    logger.info({ values: changed }, 'Sealed values were moved to the newest key.');
    return changed;
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    logger.warn({ code: error.code }, error.message);
    return 0;
  }
}
