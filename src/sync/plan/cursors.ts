import { MAX_CLOCK_SKEW_MS } from '../../core/clock.js';
import type { Sql } from '../../database/database.js';
import type { CursorState, Search } from './window.js';

/** Returns the cursors by marketplace id. */
export async function readCursors(sql: Sql): Promise<Map<string, CursorState>> {
  const rows = await sql.query<CursorState & { id: string }>(
    `SELECT marketplace_id AS id, proven_until AS "provenUntil", items_proven_until AS "itemsProvenUntil",
            refused_at IS NOT NULL AS refused
       FROM sync_cursor`,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/**
 * Moves the cursors of the search's marketplaces forward, since its window is mirrored up to `until`, and deletes unreadable
 * intervals within it. A proven interval grows by a window that touches it; a window beyond a gap moves nothing. A cursor in
 * the future, where a wrong clock has put it, is moved back.
 */
export async function moveCursors(
  sql: Sql,
  search: Search,
  until: Date,
  { includeItems, now }: { readonly includeItems: boolean; readonly now: Date },
): Promise<void> {
  const latest = new Date(now.getTime() + MAX_CLOCK_SKEW_MS);
  await sql.query(MOVE_SQL, [search.marketplaceIds, search.updatedAfter, until, includeItems, latest]);
}

/** Records that Amazon refused this marketplace; `moveCursors` clears it after the next search that succeeds. */
export async function markRefused(sql: Sql, marketplaceId: string, at: Date): Promise<void> {
  await sql.query(
    `INSERT INTO sync_cursor AS c (marketplace_id, refused_at) VALUES ($1, $2)
     ON CONFLICT (marketplace_id) DO UPDATE SET refused_at = coalesce(c.refused_at, excluded.refused_at)`,
    [marketplaceId, at],
  );
}

const grown = (from: string, until: string) => `
  ${from} = CASE WHEN c.${until} IS NULL OR c.${until} > $5::timestamptz THEN excluded.${from}
                 WHEN excluded.${from} <= c.${until} AND excluded.${until} >= c.${from}
                 THEN least(c.${from}, excluded.${from})
                 ELSE c.${from} END,
  ${until} = CASE WHEN c.${until} IS NULL OR c.${until} > $5::timestamptz THEN excluded.${until}
                  WHEN excluded.${from} <= c.${until} THEN greatest(c.${until}, excluded.${until})
                  ELSE c.${until} END`;

/** Unreadable intervals that were read; a run without items doesn't close one that a run with items has skipped. */
const NOW_READABLE = `updated_from >= $2::timestamptz AND updated_until <= $3::timestamptz
       AND ($4::boolean OR NOT needs_items)`;

const MOVE_SQL = `
  WITH closed AS (
    DELETE FROM rejected_order WHERE ${NOW_READABLE} AND marketplace_ids <@ $1::text[]
  ), closed_in_part AS (
    UPDATE rejected_order
       SET marketplace_ids = ARRAY(SELECT id FROM unnest(marketplace_ids) AS id WHERE id <> ALL ($1::text[]))
     WHERE ${NOW_READABLE} AND marketplace_ids && $1::text[] AND NOT marketplace_ids <@ $1::text[]
  )
  INSERT INTO sync_cursor AS c (marketplace_id, proven_from, proven_until, items_proven_from, items_proven_until)
  SELECT id, $2::timestamptz, $3::timestamptz,
         CASE WHEN $4::boolean THEN $2::timestamptz END, CASE WHEN $4::boolean THEN $3::timestamptz END
    FROM unnest($1::text[]) AS id
  ON CONFLICT (marketplace_id) DO UPDATE
     SET ${grown('proven_from', 'proven_until')},
         ${grown('items_proven_from', 'items_proven_until')},
         refused_at = NULL`;
