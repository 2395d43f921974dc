import { authorizationExpiresAt, secretExpiresAt } from '../connection/credential-expiry.js';
import type { Database } from '../database/database.js';
import type { AmazonCredential } from '../generated/prisma/client.js';

const DAY_MS = 24 * 60 * 60_000;
/** Days before the expiry; each is reported once. */
const THRESHOLDS = [60, 30, 14, 3];

type Row = Pick<
  AmazonCredential,
  'id' | 'secretSavedAt' | 'tokenSavedAt' | 'publicApplication' | 'secretWarnedDays' | 'tokenWarnedDays'
>;

/**
 * Adds the event `credential.expiring` when the client secret or a public application's authorisation has 60, 30, 14 or 3 days
 * left: each once, over restarts and processes, as soon as a webhook is for it. Of several that passed unnoticed, the last.
 */
export async function reportExpiry(database: Database, now: Date): Promise<void> {
  const [row] = await database.query<Row>(
    `SELECT id, secret_saved_at AS "secretSavedAt", token_saved_at AS "tokenSavedAt", public_application AS "publicApplication",
            secret_warned_days AS "secretWarnedDays", token_warned_days AS "tokenWarnedDays" FROM amazon_credential`,
  );
  if (!row) return;
  await report(database, now, {
    ...{ id: row.id, credential: 'CLIENT_SECRET', prefix: 'secret' },
    ...{ savedAt: row.secretSavedAt, expiresAt: secretExpiresAt(row), warnedDays: row.secretWarnedDays },
  });
  await report(database, now, {
    ...{ id: row.id, credential: 'AUTHORIZATION', prefix: 'token' },
    ...{ savedAt: row.tokenSavedAt, expiresAt: authorizationExpiresAt(row), warnedDays: row.tokenWarnedDays },
  });
}

interface Expiry {
  readonly id: bigint;
  readonly credential: 'CLIENT_SECRET' | 'AUTHORIZATION';
  /** Of its columns. */
  readonly prefix: 'secret' | 'token';
  readonly savedAt: Date | null;
  readonly expiresAt: Date | null;
  readonly warnedDays: number | null;
}

async function report(database: Database, now: Date, expiry: Expiry): Promise<void> {
  const { id, credential, prefix, savedAt, expiresAt, warnedDays } = expiry;
  if (!expiresAt) return;
  const daysLeft = Math.ceil((expiresAt.getTime() - now.getTime()) / DAY_MS);
  const passed = THRESHOLDS.filter((days) => daysLeft <= days).at(-1);
  if (passed === undefined || (warnedDays !== null && warnedDays <= passed)) return;
  const data = { credential, expiresAt: expiresAt.toISOString(), daysLeft: Math.max(daysLeft, 0) };
  await database.query(
    `WITH due AS (
       UPDATE amazon_credential SET ${prefix}_warned_days = $2::int
        WHERE id = $1 AND ${prefix}_saved_at = $3 AND (${prefix}_warned_days IS NULL OR ${prefix}_warned_days > $2::int)
          AND EXISTS (SELECT FROM webhook WHERE status = 'ENABLED' AND 'credential.expiring' = ANY (events))
       RETURNING id
     ) SELECT add_webhook_event('credential.expiring', $4, 'credential', $5::jsonb) AS added FROM due`,
    [id, passed, savedAt, now, JSON.stringify(data)],
  );
}
