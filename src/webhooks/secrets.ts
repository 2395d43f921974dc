import type { Sealer } from '../connection/sealing.js';
import { SyncError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Sql } from '../database/database.js';
import type { Webhook } from '../generated/prisma/client.js';
import { keyOf } from './signature.js';

type Sealed = Pick<Webhook, 'id' | 'secretSealed' | 'previousSecretSealed' | 'previousSecretUntil'>;

/** The place that a sealed secret is bound to: see `Sealer`. */
const placeOf = (id: bigint) => `webhook.secret_sealed ${id}`;

export function sealSecret(sealer: Sealer, id: bigint, secret: string): string {
  return sealer.seal(secret, placeOf(id));
}

/**
 * Returns the keys to sign with: the secret's, and that of the previous one as long as it counts.
 * @throws {SyncError} DECRYPTION_FAILED
 */
export function openKeys(sealer: Sealer, webhook: Sealed, now: Date): Buffer[] {
  const { id, secretSealed, previousSecretSealed, previousSecretUntil } = webhook;
  const hasPrevious = previousSecretSealed !== null && previousSecretUntil !== null && previousSecretUntil > now;
  const open = (sealed: string) => keyOf(sealer.open(sealed, placeOf(id)));
  // A secret that was replaced because it could not be opened doesn't sign.
  const opened = (sealed: string) => {
    try {
      return [open(sealed)];
    } catch {
      return [];
    }
  };
  try {
    return [open(secretSealed), ...(hasPrevious ? opened(previousSecretSealed) : [])];
  } catch (error) {
    throw new SyncError(
      'DECRYPTION_FAILED',
      'The secret of the webhook was sealed with a key that is not in ENCRYPTION_KEY. Append that key to ENCRYPTION_KEY and restart, or create a new secret (rotateWebhookSecret) and give it to the receiver.',
      { cause: error },
    );
  }
}

/** Seals secrets of older keys again with the newest key, at the start. Secrets that can't be opened are kept. */
export async function resealSecrets({
  sql,
  sealer,
  logger,
}: {
  sql: Sql;
  sealer: Sealer;
  logger: Logger;
}): Promise<void> {
  const rows = await sql.query<Sealed>(
    `SELECT id, secret_sealed AS "secretSealed", previous_secret_sealed AS "previousSecretSealed",
            previous_secret_until AS "previousSecretUntil" FROM webhook`,
  );
  let resealed = 0;
  for (const { id, secretSealed, previousSecretSealed } of rows) {
    if (sealer.isCurrent(secretSealed) && (previousSecretSealed === null || sealer.isCurrent(previousSecretSealed)))
      continue;
    const again = (sealed: string | null) => sealed && sealSecret(sealer, id, sealer.open(sealed, placeOf(id)));
    try {
      const changed = await sql.query(
        `UPDATE webhook SET secret_sealed = $2, previous_secret_sealed = $3 WHERE id = $1 AND secret_sealed = $4 RETURNING id`,
        [id, again(secretSealed), again(previousSecretSealed), secretSealed],
      );
      resealed += changed.length;
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      logger.warn(
        { webhookId: String(id) },
        'The secret of a webhook was sealed with a key that is not in ENCRYPTION_KEY.',
      );
    }
  }
  if (resealed > 0) logger.info({ webhooks: resealed }, 'Secrets of webhooks were moved to the newest key.');
}
