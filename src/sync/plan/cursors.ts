import { MAX_CLOCK_SKEW_MS } from '../../core/clock.js';
import { bindings, type Sql } from '../../database/database.js';
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
  const { bind, values } = bindings();
  const ids = `${bind(search.marketplaceIds)}::text[]`;
  const provenFrom = `${bind(search.updatedAfter)}::timestamptz`;
  const provenUntil = `${bind(until)}::timestamptz`;
  const withItems = `${bind(includeItems)}::boolean`;
  const latest = `${bind(new Date(now.getTime() + MAX_CLOCK_SKEW_MS))}::timestamptz`;
  // Unreadable intervals that were read; a run without items doesn't close one that a run with items has skipped.
  const nowReadable = `updated_from >= ${provenFrom} AND updated_until <= ${provenUntil} AND (${withItems} OR NOT needs_items)`;
  await sql.query(
    `WITH closed AS (
       DELETE FROM rejected_order WHERE ${nowReadable} AND marketplace_ids <@ ${ids}
     ), closed_in_part AS (
       UPDATE rejected_order
          SET marketplace_ids = ARRAY(SELECT id FROM unnest(marketplace_ids) AS id WHERE id <> ALL (${ids}))
        WHERE ${nowReadable} AND marketplace_ids && ${ids} AND NOT marketplace_ids <@ ${ids}
     )
     INSERT INTO sync_cursor AS c (marketplace_id, proven_from, proven_until, items_proven_from, items_proven_until)
     SELECT id, ${provenFrom}, ${provenUntil},
            CASE WHEN ${withItems} THEN ${provenFrom} END, CASE WHEN ${withItems} THEN ${provenUntil} END
       FROM unnest(${ids}) AS id
     ON CONFLICT (marketplace_id) DO UPDATE
        SET ${grown('proven_from', 'proven_until', latest)},
            ${grown('items_proven_from', 'items_proven_until', latest)},
            refused_at = NULL`,
    values,
  );
}

/** Records that Amazon refused this marketplace; `moveCursors` clears it after the next search that succeeds. */
export async function markRefused(sql: Sql, marketplaceId: string, at: Date): Promise<void> {
  await sql.query(
    `INSERT INTO sync_cursor AS c (marketplace_id, refused_at) VALUES ($1, $2)
     ON CONFLICT (marketplace_id) DO UPDATE SET refused_at = coalesce(c.refused_at, excluded.refused_at)`,
    [marketplaceId, at],
  );
}

const grown = (from: string, until: string, latest: string) => `
  ${from} = CASE WHEN c.${until} IS NULL OR c.${until} > ${latest} THEN excluded.${from}
                 WHEN excluded.${from} <= c.${until} AND excluded.${until} >= c.${from}
                 THEN least(c.${from}, excluded.${from})
                 ELSE c.${from} END,
  ${until} = CASE WHEN c.${until} IS NULL OR c.${until} > ${latest} THEN excluded.${until}
                  WHEN excluded.${from} <= c.${until} THEN greatest(c.${until}, excluded.${until})
                  ELSE c.${until} END`;
