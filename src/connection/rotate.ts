import { SyncError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Database } from '../database/database.js';
import { placeOf } from './open-credential.js';
import type { Sealer } from './sealing.js';

interface Sealed {
  readonly id: bigint;
  readonly connectionId: bigint;
  readonly refreshTokenSealed: string;
  readonly lwaClientSecretSealed: string | null;
}

const SEALED_SQL = `
  SELECT id, connection_id AS "connectionId", refresh_token_sealed AS "refreshTokenSealed",
         lwa_client_secret_sealed AS "lwaClientSecretSealed"
    FROM amazon_credential`;

/**
 * Seals what was sealed under an older key again, under the newest; run at the start. Returns how many values that were.
 * What can't be opened stays as it is, and is told in the log: the next call to Amazon says what to do.
 */
export async function rotateSealedValues(options: {
  database: Database;
  sealer: Sealer;
  logger: Logger;
}): Promise<number> {
  const { database, sealer, logger } = options;
  // By hand: the server would wait for Prisma's query compiler before it listens.
  const [credential] = await database.query<Sealed>(SEALED_SQL);
  if (!credential) return 0;
  const { connectionId, refreshTokenSealed, lwaClientSecretSealed } = credential;

  const again = (sealed: string, place: string) =>
    sealer.isCurrent(sealed) ? sealed : sealer.seal(sealer.open(sealed, place), place);
  try {
    const token = again(refreshTokenSealed, placeOf.refreshToken(connectionId));
    const secret = lwaClientSecretSealed && again(lwaClientSecretSealed, placeOf.clientSecret(connectionId));
    const changed = Number(token !== refreshTokenSealed) + Number(secret !== lwaClientSecretSealed);
    if (changed === 0) return 0;
    // Only in place of what was read: the credential may have been saved anew meanwhile, here or in another process.
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
