import type { Sql } from './sql.js';

/**
 * Runs a DELETE of at most `step` rows again and again until it deletes fewer, so that no statement holds locks for long.
 * @param text a DELETE of at most `step` rows, without RETURNING; it may begin by WITH
 */
export async function deleteInSteps(
  sql: Pick<Sql, 'query'>,
  step: number,
  text: string,
  values: readonly unknown[],
): Promise<void> {
  for (;;) {
    const deleted = await sql.query(`${text} RETURNING 1 AS one`, values);
    if (deleted.length < step) return;
  }
}
