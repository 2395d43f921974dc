import type { Database } from './database.js';

/** PostgreSQL's own measure of when (autovacuum's defaults): so many rows, and this part of the table. */
const FEW_ROWS = 50;
const ANALYZE_FROM = 0.1;
const VACUUM_FROM = 0.2;
/** A sample of 7,500 rows in place of 30,000: nothing else is answered meanwhile, and it takes a quarter of the time. */
const STATISTICS_TARGET = 25;

interface Table {
  readonly name: string;
  /** Rows that were written since the planner was last told of the table. */
  readonly changed: number;
  /** Old versions of rows, that take place and time until they are cleared away. */
  readonly dead: number;
  readonly rows: number;
}

/**
 * What autovacuum does on a server, and nobody in an embedded database: tells the planner of tables that have changed, and
 * with `clear` takes away what is left of rows that were overwritten. Elsewhere it does nothing. Not within a transaction.
 * @param options.clear takes longer: a table is read as a whole
 */
export async function keepUp(
  database: Pick<Database, 'kind' | 'query'>,
  { clear }: { readonly clear: boolean },
): Promise<void> {
  if (database.kind !== 'pglite') return;
  // Counts are kept back for a second; only the session that counted can give them out.
  await database.query('SELECT pg_stat_force_next_flush()');
  const tables = await database.query<Table>(
    `SELECT quote_ident(c.relname) AS name, n_mod_since_analyze::float8 AS changed, n_dead_tup::float8 AS dead,
            greatest(c.reltuples, 0)::float8 AS rows
       FROM pg_stat_user_tables JOIN pg_class c ON c.oid = relid ORDER BY c.relname`,
  );
  await database.query(`SET default_statistics_target = ${STATISTICS_TARGET}`);
  for (const { name, changed, dead, rows } of tables) {
    if (clear && dead > FEW_ROWS + VACUUM_FROM * rows) await database.query(`VACUUM (ANALYZE) ${name}`);
    else if (changed > FEW_ROWS + ANALYZE_FROM * rows) await database.query(`ANALYZE ${name}`);
  }
}
