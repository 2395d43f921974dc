import { type Column, instantColumn, textColumn } from '../database/columns.js';
import type { OrderRow } from './order-rows.js';

/** How many orders of each kind there are among those that came. */
export interface ChangeCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
}

/** With the places of those that have to be written, from 1: new and changed ones, and those that contradict the mirror. */
export interface Comparison extends ChangeCounts {
  readonly places: readonly number[];
}

/** $1 to $6 of COMPARE. */
export function compareValues(rows: readonly OrderRow[], includeItems: boolean): (Column | boolean)[] {
  return [
    includeItems,
    textColumn(rows.map((row) => row.amazonOrderId)),
    textColumn(rows.map((row) => row.marketplaceId)),
    instantColumn(rows.map((row) => row.lastUpdateDate)),
    textColumn(rows.map((row) => row.contentHash)),
    textColumn(rows.map((row) => row.itemsHash)),
  ];
}

/** The rows at these places. */
export function rowsAt(rows: readonly OrderRow[], places: readonly number[]): OrderRow[] {
  return places.map((place) => rows[place - 1]).filter((row) => row !== undefined);
}

/**
 * SQL: what becomes of row `i` where the mirror holds `o`, by their hashes; items count where $1 is true. An older version
 * whose content no list has shown before is a conflict: the row stays, and the order is read by its id. An id is one
 * order's: what is older than what is known of it under another marketplace is an older version of the same order.
 * @param evenSame SQL of whether a row that is the same is written again
 * @param evenOlder SQL of whether `i` is written even if `o` is newer
 * @param newerElsewhere SQL of whether the order is known in a newer version, under any marketplace
 */
export const changeSql = (evenSame: string, evenOlder: string, newerElsewhere: string) => `
           CASE
             WHEN o.id IS NULL AND ${newerElsewhere} THEN 'unchanged'
             WHEN o.id IS NULL THEN 'inserted'
             WHEN i.last_update_date < o.last_update_date AND NOT ${evenOlder} THEN
               CASE WHEN i.content_hash IS DISTINCT FROM o.conflict_hash THEN 'conflict' ELSE 'unchanged' END
             WHEN ${evenSame} OR i.content_hash <> o.content_hash THEN 'updated'
             WHEN $1::boolean AND i.items_hash IS DISTINCT FROM o.items_hash THEN 'updated'
             ELSE 'unchanged'
           END`;

/** SQL: the changes of `compared`, counted; a row of Comparison. The row of a conflict is unchanged, but has to be marked. */
export const COUNTED = `
    SELECT count(*) FILTER (WHERE change = 'inserted')::int AS inserted,
           count(*) FILTER (WHERE change = 'updated')::int AS updated,
           count(*) FILTER (WHERE change IN ('unchanged', 'conflict'))::int AS unchanged,
           coalesce(array_agg(place::int ORDER BY place) FILTER (WHERE change <> 'unchanged'), '{}') AS places
      FROM compared`;

/** Asked of new orders only. OFFSET 0 keeps it a look-up each. */
const NEWER_ELSEWHERE = `EXISTS (
               SELECT FROM amazon_order AS k
                WHERE k.amazon_order_id = i.amazon_order_id AND k.last_update_date > i.last_update_date OFFSET 0)`;

/**
 * Begins a WITH: `counted` is what the database would make of rows. Orders are looked up by what one index answers and no
 * other, since the plan may be made while the table is empty, and kept while it grows.
 */
export const COMPARE = `
  WITH compared AS MATERIALIZED (
    SELECT i.place, ${changeSql('false', 'false', NEWER_ELSEWHERE)} AS change
      FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[]) WITH ORDINALITY
        AS i (amazon_order_id, marketplace_id, last_update_date, content_hash, items_hash, place)
      LEFT JOIN LATERAL (
        SELECT id, marketplace_id, last_update_date, content_hash, items_hash, conflict_hash FROM amazon_order
         WHERE amazon_order_id = i.amazon_order_id OFFSET 0
      ) AS o USING (marketplace_id)
  ), counted AS MATERIALIZED (${COUNTED}
  )`;
