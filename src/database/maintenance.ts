import type { Database } from './database.js';

/** The calls to Amazon are kept for 14 days, and the newest 100,000 of them (30 MB). */
const MAX_CALL_AGE_MS = 14 * 24 * 60 * 60_000;
const MAX_CALLS = 100_000;

/** Deletes rows that are kept for a limited time: calls to Amazon. */
export async function deleteExpired(sql: Pick<Database, 'query'>, now: Date): Promise<void> {
  await sql.query(`DELETE FROM sp_api_call WHERE at < $1 OR id <= (SELECT max(id) FROM sp_api_call) - $2::bigint`, [
    new Date(now.getTime() - MAX_CALL_AGE_MS),
    MAX_CALLS,
  ]);
}

/** Autovacuum's default thresholds: a number of rows plus a share of the table. */
const MIN_ROWS = 50;
const ANALYZE_SHARE = 0.1;
const VACUUM_SHARE = 0.2;
/** Samples 7,500 rows instead of 30,000, in a quarter of the time: ANALYZE blocks the only session. */
const STATISTICS_TARGET = 25;

interface Table {
  readonly name: string;
  /** Rows written since the last ANALYZE. */
  readonly changed: number;
  /** Dead row versions. */
  readonly dead: number;
  readonly rows: number;
}

/**
 * Does what autovacuum does on a server: ANALYZE for tables that changed, and with `vacuum` VACUUM for tables with dead rows.
 * Does nothing on PostgreSQL. Not for use within a transaction.
 * @param options.vacuum takes longer: reads whole tables
 */
export async function runMaintenance(
  database: Pick<Database, 'kind' | 'query'>,
  { vacuum }: { readonly vacuum: boolean },
): Promise<void> {
  if (database.kind !== 'pglite') return;
  // A session publishes its counts at most once a second by default.
  await database.query('SELECT pg_stat_force_next_flush()');
  const tables = await database.query<Table>(
    `SELECT quote_ident(c.relname) AS name, n_mod_since_analyze::float8 AS changed, n_dead_tup::float8 AS dead,
            greatest(c.reltuples, 0)::float8 AS rows
       FROM pg_stat_user_tables JOIN pg_class c ON c.oid = relid ORDER BY c.relname`,
  );
  await database.query(`SET default_statistics_target = ${STATISTICS_TARGET}`);
  for (const { name, changed, dead, rows } of tables) {
    if (vacuum && dead > MIN_ROWS + VACUUM_SHARE * rows) await database.query(`VACUUM (ANALYZE) ${name}`);
    else if (changed > MIN_ROWS + ANALYZE_SHARE * rows) await database.query(`ANALYZE ${name}`);
  }
}
