import { type Column, instantColumn, textColumn } from '../../database/binary-columns.js';
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
 * whose content no list has shown before is a conflict: the row stays, and the order is read by its id.
 * @param evenSame SQL of whether a row that is the same is written again
 * @param evenOlder SQL of whether `i` is written even if `o` is newer
 */
export const changeSql = (evenSame: string, evenOlder: string) => `
           CASE
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

/**
 * SQL: an id is one order's, whatever its marketplace. Of several rows with it the one of the marketplace that the order
 * came with is the one to compare with, else the newest: the order has moved.
 */
export const KNOWN_FIRST = 'is_of_marketplace DESC, last_update_date DESC, id DESC';

/**
 * Begins a WITH: `counted` is what the database would make of rows. Orders are looked up by what one index answers and no
 * other, since the plan may be made while the table is empty, and kept while it grows.
 */
export const COMPARE = `
  WITH compared AS MATERIALIZED (
    SELECT i.place, ${changeSql('false', 'false')} AS change
      FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[]) WITH ORDINALITY
        AS i (amazon_order_id, marketplace_id, last_update_date, content_hash, items_hash, place)
      LEFT JOIN LATERAL (
        SELECT id, last_update_date, content_hash, items_hash, conflict_hash,
               marketplace_id = i.marketplace_id AS is_of_marketplace
          FROM amazon_order WHERE amazon_order_id = i.amazon_order_id
         ORDER BY ${KNOWN_FIRST} LIMIT 1
      ) AS o ON true
  ), counted AS MATERIALIZED (${COUNTED}
  )`;
