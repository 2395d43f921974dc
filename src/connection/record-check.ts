import { LASTING_ERRORS } from '../core/errors.js';
import type { Sql } from '../database/sql.js';
import type { CheckResult, SavedConnection } from './connection.js';
import { nextProbeAfter } from './probe.js';

/**
 * Keeps how a call to Amazon went. With credential and marketplaces, success makes the connection ACTIVE; a failure that
 * usually only the owner can mend makes it ERROR, and due for a test an hour later; one that may pass leaves the status.
 * DISCONNECTED stays until the owner changes it.
 * @param tested the connection with which the call was made; one that has another credential or region by now keeps nothing
 *   of it. Not given: the present one.
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
