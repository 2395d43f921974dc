import { instantColumn, textColumn } from '../database/columns.js';
import type { Sql } from '../database/sql.js';
import { type ChangeCounts, MOVE_RUN, type moveValues, NUDGE } from './checkpoint.js';
import { ClaimLost } from './interruptions.js';
import type { OrderRow } from './order-rows.js';

export interface Compared extends ChangeCounts {
  /** The rows that are new or changed. */
  readonly changed: readonly OrderRow[];
  /** Whether the page is done with that. */
  readonly done: boolean;
  /** Of a page that is done: whether the run was asked to stop. */
  readonly cancelRequested: boolean;
}

export interface CompareOptions {
  readonly includeItems: boolean;
  /** When the page is done with that: the run's checkpoint has moved, in the same statement, and nothing is left to do. */
  readonly doneWhen: 'unchanged' | 'always' | 'never';
  /** Whether orders that were read after all are set aside no more. */
  readonly takeBack: boolean;
}

/**
 * What the database would make of these rows, told by their hashes alone. A page of which nothing is new or changed, and
 * any page of a dry run, is done with that one statement.
 * @throws {ClaimLost} with nothing written, where the page would be done
 */
export async function comparePage(
  sql: Sql,
  rows: readonly OrderRow[],
  moved: ReturnType<typeof moveValues>,
  { includeItems, doneWhen, takeBack }: CompareOptions,
): Promise<Compared> {
  const values = [
    ...moved,
    textColumn(rows.map((row) => row.amazonOrderId)),
    textColumn(rows.map((row) => row.marketplaceId)),
    instantColumn(rows.map((row) => row.lastUpdateDate)),
    textColumn(rows.map((row) => row.contentHash)),
    textColumn(rows.map((row) => row.itemsHash)),
    includeItems,
    doneWhen,
    takeBack,
  ];
  const [found] = await sql.query<CompareRow>(COMPARE_SQL, values, { prepare: true });
  const { inserted, updated, unchanged, places, cancelRequested } = found ?? NOTHING;
  const done = doneWhen === 'always' || (doneWhen === 'unchanged' && places.length === 0);
  if (done && cancelRequested === null) throw new ClaimLost();
  const changed = places.map((place) => rows[place - 1]).filter((row) => row !== undefined);
  return { inserted, updated, unchanged, changed, done, cancelRequested: cancelRequested ?? false };
}

interface CompareRow extends ChangeCounts {
  readonly places: readonly number[];
  readonly cancelRequested: boolean | null;
}
const NOTHING: CompareRow = { inserted: 0, updated: 0, unchanged: 0, places: [], cancelRequested: null };

const COMPARE_SQL = `
  WITH compared AS (
    SELECT i.place,
           CASE
             WHEN o.id IS NULL THEN 'inserted'
             WHEN i.last_update_date < o.last_update_date THEN 'unchanged'
             WHEN i.content_hash <> o.content_hash THEN 'updated'
             WHEN $18::boolean AND i.items_hash IS DISTINCT FROM o.items_hash THEN 'updated'
             ELSE 'unchanged'
           END AS change
      FROM unnest($13::text[], $14::text[], $15::timestamptz[], $16::text[], $17::text[]) WITH ORDINALITY
        AS i (amazon_order_id, marketplace_id, last_update_date, content_hash, items_hash, place)
      LEFT JOIN LATERAL (
        -- By what one index answers and no other: the plan may be made while the table is empty.
        SELECT id, marketplace_id, last_update_date, content_hash, items_hash FROM amazon_order
         WHERE amazon_order_id = i.amazon_order_id OFFSET 0
      ) AS o USING (marketplace_id)
  ), counted AS MATERIALIZED (
    SELECT count(*) FILTER (WHERE change = 'inserted')::int AS inserted,
           count(*) FILTER (WHERE change = 'updated')::int AS updated,
           count(*) FILTER (WHERE change = 'unchanged')::int AS unchanged,
           coalesce(array_agg(place::int ORDER BY place) FILTER (WHERE change <> 'unchanged'), '{}') AS places
      FROM compared
  ), moved AS (
    ${MOVE_RUN}
       AND ($19::text = 'always' OR ($19 = 'unchanged' AND counted.places = '{}'))
    RETURNING id, cancel_requested
  ), taken_back AS (
    DELETE FROM rejected_order USING moved WHERE $20::boolean AND amazon_order_id = ANY ($13::text[])
  )
  SELECT inserted, updated, unchanged, places, moved.cancel_requested AS "cancelRequested",
         CASE WHEN moved.id IS NOT NULL THEN ${NUDGE} END
    FROM counted LEFT JOIN moved ON true`;
