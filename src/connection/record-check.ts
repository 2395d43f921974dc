import { MAX_CLOCK_SKEW_MS } from '../core/clock.js';
import { LASTING_ERRORS } from '../core/errors.js';
import type { Sql } from '../database/sql.js';
import type { CheckResult, SavedConnection } from './types.js';

const PROBE_EVERY_MS = 60 * 60_000;

/**
 * Records the result of a call to Amazon. Success makes a connection with credential and marketplaces ACTIVE. A permanent
 * failure makes it ERROR, with a test due an hour later; a temporary one leaves the status. DISCONNECTED stays.
 * @param tested the connection of the call; if it has another credential or region by now, nothing is recorded. By default
 *   the current one.
 */
export async function recordCheck(sql: Sql, result: CheckResult, at: Date, tested?: SavedConnection): Promise<void> {
  await sql.query(
    `UPDATE amazon_connection AS c SET
       last_check_at = $1, last_check_ok = $2, last_check_error = $3, last_check_error_code = $4,
       status = CASE
         WHEN status = 'DISCONNECTED' THEN status
         WHEN $5 THEN 'ERROR'::connection_status
         WHEN NOT $2 THEN status
         WHEN cardinality(marketplace_ids) > 0 AND EXISTS (SELECT FROM amazon_credential WHERE connection_id = c.id)
           THEN 'ACTIVE'
         ELSE 'PENDING'
       END,
       next_probe_at = CASE
         WHEN status <> 'DISCONNECTED' AND ($5 OR (status = 'ERROR' AND NOT $2)) THEN $6::timestamptz
       END,
       updated_at = now()
     WHERE $7::text IS NULL OR (region::text = $7 AND EXISTS (
             SELECT FROM amazon_credential
              WHERE connection_id = c.id AND refresh_token_sealed = $8
                AND (lwa_client_id, lwa_client_secret_sealed) IS NOT DISTINCT FROM ($9::text, $10::text)))`,
    [
      at,
      result.ok,
      result.ok ? null : result.message,
      result.ok ? null : result.code,
      !result.ok && LASTING_ERRORS.has(result.code),
      nextProbeAfter(at),
      tested?.region ?? null,
      tested?.credential?.refreshTokenSealed ?? null,
      tested?.credential?.lwaClientId ?? null,
      tested?.credential?.lwaClientSecretSealed ?? null,
    ],
  );
}

/** Returns when a connection in ERROR since `at` is tested next. */
function nextProbeAfter(at: Date): Date {
  return new Date(at.getTime() + PROBE_EVERY_MS);
}

/**
 * Returns whether a test of a connection in ERROR is due; of several processes only one gets true. The next test is due an
 * hour later. A due time further in the future was written by a wrong clock and counts as due.
 */
export async function claimProbe(sql: Sql, now: Date): Promise<boolean> {
  const next = nextProbeAfter(now);
  const rows = await sql.query(
    `UPDATE amazon_connection AS c SET next_probe_at = $2::timestamptz
      WHERE status = 'ERROR' AND EXISTS (SELECT FROM amazon_credential WHERE connection_id = c.id)
        AND (next_probe_at IS NULL OR next_probe_at <= $1::timestamptz OR next_probe_at > $3::timestamptz)
      RETURNING id`,
    [now, next, new Date(next.getTime() + MAX_CLOCK_SKEW_MS)],
  );
  return rows.length > 0;
}
