import { MIGRATION_LOCK } from './migrate.js';
import type { TransactionalSql } from './sql.js';

const EXIST = `SELECT to_regclass('amazon_order_item_seller_sku_asin_title_idx') IS NOT NULL AS exist, current_database() AS name`;

/**
 * Creates the indexes of search if the migration could not: they need PostgreSQL's extension pg_trgm.
 * @returns why they are missing and what to do, or null if they exist
 */
export async function ensureSearchIndexes(owner: TransactionalSql): Promise<string | null> {
  const [state] = await owner.query<{ exist: boolean; name: string }>(EXIST);
  if (!state || state.exist) return null;
  try {
    await owner.transaction(async (sql) => {
      await sql.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
      await sql.query('SELECT create_search_indexes()');
    });
    return null;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (!TOLERATED.has(code ?? '')) throw error;
    return `Searching orders is slow: the extension pg_trgm is missing (${message}). Install PostgreSQL's contrib package if it isn't there, let an administrator run CREATE EXTENSION pg_trgm in the database ${state.name}, then start Ordermirror again.`;
  }
}

/** The classes that the migration tolerates, too: no right, no file of the extension, not allowed, installed in another schema. */
const TOLERATED: ReadonlySet<string> = new Set(['42501', '58P01', '0A000', '42704']);
