import type { Sql } from '../database/sql.js';
import { LASTING_ERRORS } from '../errors.js';
import type { CheckResult } from './connection.js';

/**
 * Keeps how a call to Amazon went. With credential and marketplaces, success makes the connection ACTIVE; a failure
 * that only the owner can mend makes it ERROR; one that may pass leaves it. DISCONNECTED stays until the owner says.
 */
export async function recordCheck(sql: Sql, result: CheckResult, at: Date): Promise<void> {
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
       updated_at = now()`,
    [
      at,
      result.ok,
      result.ok ? null : result.message,
      result.ok ? null : result.code,
      !result.ok && LASTING_ERRORS.has(result.code),
    ],
  );
}
