import { type Column, instantColumn, textColumn } from '../database/columns.js';
import type { OrderRow } from './order-rows.js';

/** How many orders of each kind there are among those that came. */
export interface ChangeCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
}

/** What `counted` of COMPARE holds: `places` of those that are new or changed, from 1. */
export interface Comparison extends ChangeCounts {
  readonly places: readonly number[];
}

/** $1 to $6 of COMPARE. */
export function compareValues(rows: readonly OrderRow[], includeItems: boolean): (Column | boolean)[] {
  return [
    textColumn(rows.map((row) => row.amazonOrderId)),
    textColumn(rows.map((row) => row.marketplaceId)),
    instantColumn(rows.map((row) => row.lastUpdateDate)),
    textColumn(rows.map((row) => row.contentHash)),
    textColumn(rows.map((row) => row.itemsHash)),
    includeItems,
  ];
}

/** The rows at these places. */
export function rowsAt(rows: readonly OrderRow[], places: readonly number[]): OrderRow[] {
  return places.map((place) => rows[place - 1]).filter((row) => row !== undefined);
}

/**
 * What the database would make of rows, told by their hashes alone; begins a WITH. Orders are looked up by what one index
 * answers and no other, since the plan may be made while the table is empty, and kept while it grows.
 */
export const COMPARE = `
  WITH compared AS (
    SELECT i.place,
           CASE
             WHEN o.id IS NULL THEN 'inserted'
             WHEN i.last_update_date < o.last_update_date THEN 'unchanged'
             WHEN i.content_hash <> o.content_hash THEN 'updated'
             WHEN $6::boolean AND i.items_hash IS DISTINCT FROM o.items_hash THEN 'updated'
             ELSE 'unchanged'
           END AS change
      FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[]) WITH ORDINALITY
        AS i (amazon_order_id, marketplace_id, last_update_date, content_hash, items_hash, place)
      LEFT JOIN LATERAL (
        SELECT id, marketplace_id, last_update_date, content_hash, items_hash FROM amazon_order
         WHERE amazon_order_id = i.amazon_order_id OFFSET 0
      ) AS o USING (marketplace_id)
  ), counted AS MATERIALIZED (
    SELECT count(*) FILTER (WHERE change = 'inserted')::int AS inserted,
           count(*) FILTER (WHERE change = 'updated')::int AS updated,
           count(*) FILTER (WHERE change = 'unchanged')::int AS unchanged,
           coalesce(array_agg(place::int ORDER BY place) FILTER (WHERE change <> 'unchanged'), '{}') AS places
      FROM compared
  )`;
