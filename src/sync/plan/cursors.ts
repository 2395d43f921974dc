import { MAX_CLOCK_SKEW_MS } from '../../core/clock.js';
import type { Sql } from '../../database/sql.js';
import type { Leg, Standing } from './window.js';

/** How far each marketplace is. */
export async function readStandings(sql: Sql): Promise<Map<string, Standing>> {
  const rows = await sql.query<Standing & { id: string }>(
    `SELECT marketplace_id AS id, proven_until AS "provenUntil", items_proven_until AS "itemsProvenUntil",
            refused_at IS NOT NULL AS refused
       FROM sync_cursor`,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/**
 * Moves the cursors forward, since all of the leg's window up to `until` is in, and closes intervals of the leg that could
 * not be read before, for the leg's marketplaces. The proven interval grows by a window that touches it; one that lies beyond
 * it, with a hole between, proves nothing and moves nothing. A cursor moves back only from the future, where a clock that was
 * wrong has put it.
 */
export async function moveCursors(
  sql: Sql,
  leg: Leg,
  until: Date,
  { includeItems, now }: { readonly includeItems: boolean; readonly now: Date },
): Promise<void> {
  const latest = new Date(now.getTime() + MAX_CLOCK_SKEW_MS);
  await sql.query(MOVE_SQL, [leg.marketplaceIds, leg.updatedAfter, until, includeItems, latest]);
}

/** Remembers that Amazon refuses this marketplace; the next search that it answers forgets it. */
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

/** A run without items has read all that is wanted of an interval that no run with items has passed over. */
const READ_AFTER_ALL = `updated_from >= $2::timestamptz AND updated_until <= $3::timestamptz
       AND ($4::boolean OR NOT needs_items)`;

const MOVE_SQL = `
  WITH closed AS (
    DELETE FROM rejected_order WHERE ${READ_AFTER_ALL} AND marketplace_ids <@ $1::text[]
  ), closed_in_part AS (
    UPDATE rejected_order
       SET marketplace_ids = ARRAY(SELECT id FROM unnest(marketplace_ids) AS id WHERE id <> ALL ($1::text[]))
     WHERE ${READ_AFTER_ALL} AND marketplace_ids && $1::text[] AND NOT marketplace_ids <@ $1::text[]
  )
  INSERT INTO sync_cursor AS c (marketplace_id, proven_from, proven_until, items_proven_from, items_proven_until)
  SELECT id, $2::timestamptz, $3::timestamptz,
         CASE WHEN $4::boolean THEN $2::timestamptz END, CASE WHEN $4::boolean THEN $3::timestamptz END
    FROM unnest($1::text[]) AS id
  ON CONFLICT (marketplace_id) DO UPDATE
     SET ${grown('proven_from', 'proven_until')},
         ${grown('items_proven_from', 'items_proven_until')},
         refused_at = NULL`;
