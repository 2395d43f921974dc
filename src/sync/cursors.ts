import type { Sql } from '../database/sql.js';

/** Up to which instant each marketplace's orders (with items, or without) are proven to be in. */
export async function readCursors(sql: Sql, includeItems: boolean): Promise<Map<string, Date>> {
  const rows = await sql.query<{ id: string; until: Date }>(
    includeItems
      ? `SELECT marketplace_id AS id, items_proven_until AS until FROM sync_cursor WHERE items_proven_until IS NOT NULL`
      : `SELECT marketplace_id AS id, proven_until AS until FROM sync_cursor`,
  );
  return new Map(rows.map(({ id, until }) => [id, until]));
}

/** Moves the cursors forward, never back: a whole window up to `until` is in. */
export async function moveCursors(
  sql: Sql,
  marketplaceIds: readonly string[],
  until: Date,
  includeItems: boolean,
): Promise<void> {
  await sql.query(
    `INSERT INTO sync_cursor AS c (marketplace_id, proven_until, items_proven_until)
     SELECT id, $2::timestamptz, CASE WHEN $3::boolean THEN $2::timestamptz END FROM unnest($1::text[]) AS id
     ON CONFLICT (marketplace_id) DO UPDATE
        SET proven_until = greatest(c.proven_until, excluded.proven_until),
            items_proven_until = greatest(c.items_proven_until, excluded.items_proven_until)`,
    [marketplaceIds, until, includeItems],
  );
}
