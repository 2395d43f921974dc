import { type Column, instantColumn, intColumn, jsonbColumn, textColumn } from '../../database/binary-columns.js';
import type { Sql } from '../../database/sql.js';
import { COUNTED, changeSql, KNOWN_FIRST } from './compare-orders.js';
import { LEDGER_SOURCE } from './ledger.js';
import type { OrderRow } from './order-rows.js';

/** Rows in the form in which MERGE takes them. */
export interface OrderColumns {
  /** Whether the rows' items are all that their orders have; false leaves items as they are. */
  readonly includeItems: boolean;
  readonly columns: readonly Column[];
}

/**
 * @param held of orders that were read by their ids: what the mirror held when each was asked for. Such an order is written
 *   even if its last update is older, unless the mirror holds another version by now.
 */
export function columnsOf(rows: readonly OrderRow[], includeItems: boolean, held: HeldVersions = NONE): OrderColumns {
  return { includeItems, columns: [...orderColumns(rows, held), ...itemColumns(includeItems ? rows : [])] };
}

/** By Amazon's order id, what tells the versions of an order apart. */
export type HeldVersions = ReadonlyMap<string, string>;
const NONE: HeldVersions = new Map();

/** What the mirror holds of these orders: to be read before they are asked for by their ids. */
export async function heldVersions(sql: Sql, amazonOrderIds: readonly string[]): Promise<HeldVersions> {
  const rows = await sql.query<{ id: string; version: string }>(
    `SELECT amazon_order_id AS id, content_hash AS version FROM amazon_order
      WHERE amazon_order_id = ANY ($1::text[]) ORDER BY last_update_date`,
    [amazonOrderIds],
  );
  return new Map(rows.map(({ id, version }) => [id, version]));
}

export interface MergeOptions {
  /** When the rows came from Amazon. */
  readonly at: Date;
  /** Whether rows that are the same are written too. */
  readonly evenSame?: boolean;
}

/** How many values MERGE takes. */
export const MERGE_VALUES = 29;

/** The values of MERGE. */
export function mergeValues(
  { includeItems, columns }: OrderColumns,
  { at, evenSame = false }: MergeOptions,
): unknown[] {
  return [includeItems, at, evenSame, ...columns];
}

function orderColumns(rows: readonly OrderRow[], held: HeldVersions): Column[] {
  return [
    textColumn(rows.map((row) => row.amazonOrderId)),
    textColumn(rows.map((row) => row.marketplaceId)),
    textColumn(rows.map((row) => row.marketplaceName)),
    instantColumn(rows.map((row) => row.purchaseDate)),
    instantColumn(rows.map((row) => row.lastUpdateDate)),
    textColumn(rows.map((row) => row.orderStatus)),
    textColumn(rows.map((row) => row.fulfilledBy)),
    textColumn(rows.map((row) => row.channelName)),
    textColumn(rows.map((row) => row.orderTotal?.amount ?? null)),
    textColumn(rows.map((row) => row.orderTotal?.currencyCode ?? null)),
    jsonbColumn(rows.map((row) => row.rawPayload)),
    textColumn(rows.map((row) => row.contentHash)),
    textColumn(rows.map((row) => row.itemsHash)),
    textColumn(rows.map((row) => (row.notes.length > 0 ? row.notes.join('\n') : null))),
    intColumn(rows.map((row) => row.items.length)),
    intColumn(rows.map((row) => (row.linesInDoubt ? 1 : 0))),
    textColumn(rows.map((row) => held.get(row.amazonOrderId) ?? null)),
  ];
}

const UNKNOWN_QUANTITY = -1;

function itemColumns(rows: readonly OrderRow[]): Column[] {
  const items = rows.flatMap((row) => row.items);
  return [
    intColumn(rows.flatMap((row, index) => row.items.map(() => index + 1))),
    textColumn(items.map((item) => item.orderItemId)),
    textColumn(items.map((item) => item.sellerSku)),
    textColumn(items.map((item) => item.asin)),
    textColumn(items.map((item) => item.title)),
    intColumn(items.map((item) => item.quantityOrdered ?? UNKNOWN_QUANTITY)),
    textColumn(items.map((item) => item.itemPrice?.amount ?? null)),
    textColumn(items.map((item) => item.itemPrice?.currencyCode ?? null)),
    jsonbColumn(items.map((item) => item.rawPayload)),
  ];
}

/** SQL: the run under way; orders that it marks are read by a later one. */
const RUNNING = `(SELECT id FROM sync_run WHERE status = 'RUNNING')`;

/**
 * Begins a WITH that writes what is new or changed among orders, their items and the ledger; `counted` is what became of
 * them. All parts see the tables as they were before; so what is there is looked up first, and what is new is a plain
 * INSERT. The plan may be made while the tables are empty, and is kept while they grow: look-ups go order by order
 * (LATERAL, OFFSET 0), by conditions that one index answers and no other, and changes by an array of ids, so that what
 * isn't there costs nothing.
 */
export const MERGE = `
  WITH incoming AS MATERIALIZED (
    SELECT * FROM unnest(
      $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[], $9::text[], $10::text[], $11::text[],
      $12::text[], $13::text[], $14::jsonb[], $15::text[], $16::text[], $17::text[], $18::int[], $19::int[], $20::text[]
    ) WITH ORDINALITY AS i (
      amazon_order_id, marketplace_id, marketplace_name, purchase_date, last_update_date, status_read, fulfilled_by,
      channel_read, order_total_amount, order_total_currency, raw_payload, content_hash, items_hash, notes, item_count,
      lines_in_doubt, held, place)
  ), rows_of_id AS MATERIALIZED (
    SELECT i.place, o.*, o.marketplace_id = i.marketplace_id AS is_of_marketplace,
           coalesce(o.content_hash = i.held, false) AS is_as_held
      FROM incoming i CROSS JOIN LATERAL (
        SELECT id, amazon_order_id, marketplace_id, last_update_date, content_hash, items_hash, conflict_hash,
               order_status, channel_name, order_total_currency
          FROM amazon_order
         WHERE amazon_order_id = i.amazon_order_id OFFSET 0
      ) AS o
  ), known AS MATERIALIZED (
    SELECT DISTINCT ON (place) * FROM rows_of_id ORDER BY place, ${KNOWN_FIRST}
  ), compared AS MATERIALIZED (
    SELECT i.place, o.id AS known_id, ${changeSql('$3::boolean', 'o.is_as_held')} AS change
      FROM incoming i LEFT JOIN known o USING (place)
  ), counted AS MATERIALIZED (${COUNTED}
  ), orders AS MATERIALIZED (
    SELECT i.*, known_id, coalesce(known_id, nextval('amazon_order_id_seq')) AS id,
           coalesce(i.status_read, k.order_status, 'UNKNOWN') AS order_status,
           coalesce(i.channel_read, k.channel_name, 'UNKNOWN') AS channel_name,
           coalesce(i.order_total_currency, k.order_total_currency) AS known_currency,
           k.marketplace_id AS known_marketplace_id,
           $1::boolean AND i.item_count > 0 AS has_items
      FROM compared JOIN incoming i USING (place) LEFT JOIN known k USING (place)
     WHERE change IN ('inserted', 'updated')
  ), marked AS (
    UPDATE amazon_order o
       SET reread_wanted = change = 'conflict', reread_marked_by = ${RUNNING},
           reread_at = CASE WHEN change = 'unchanged' THEN o.reread_at END,
           conflict_hash = CASE WHEN change = 'unchanged' THEN o.conflict_hash ELSE i.content_hash END
      FROM compared c JOIN incoming i USING (place)
     WHERE o.id = c.known_id AND o.id = ANY (ARRAY(
             SELECT known_id FROM compared JOIN incoming USING (place)
              WHERE change = 'conflict' OR (change = 'unchanged' AND held IS NOT NULL)))
       AND (change = 'conflict' OR (
             o.reread_wanted AND o.content_hash = i.held AND (o.items_hash IS NULL OR ($1::boolean AND lines_in_doubt = 0))))
  ), named AS (
    -- Marketplaces that nobody has told of yet get a row without a currency.
    INSERT INTO marketplaces (marketplace_id, country_code, name)
    SELECT DISTINCT ON (marketplace_id) marketplace_id, 'ZZ', coalesce(marketplace_name, marketplace_id)
      FROM incoming
     WHERE marketplace_id NOT IN (SELECT marketplace_id FROM marketplaces)
     ORDER BY marketplace_id, marketplace_name
    ON CONFLICT (marketplace_id) DO NOTHING
  ), new_orders AS (
    INSERT INTO amazon_order
           (id, amazon_order_id, marketplace_id, purchase_date, last_update_date, order_status, fulfilled_by,
            channel_name, order_total_amount, order_total_currency, raw_payload, content_hash, items_hash, mirrored_at,
            notes, reread_wanted, reread_marked_by)
    SELECT id, amazon_order_id, marketplace_id, purchase_date, last_update_date, order_status, fulfilled_by,
           channel_name, order_total_amount::numeric, order_total_currency, raw_payload, content_hash,
           CASE WHEN $1::boolean THEN items_hash END, $2::timestamptz, string_to_array(notes, E'\\n'),
           $1::boolean AND lines_in_doubt = 1, CASE WHEN lines_in_doubt = 1 THEN ${RUNNING} END
      FROM orders
     WHERE known_id IS NULL
  ), changed_orders AS (
    UPDATE amazon_order o
       SET marketplace_id = i.marketplace_id,
           purchase_date = i.purchase_date,
           last_update_date = i.last_update_date,
           order_status = i.order_status,
           fulfilled_by = coalesce(i.fulfilled_by, o.fulfilled_by),
           channel_name = i.channel_name,
           order_total_amount = coalesce(i.order_total_amount::numeric, o.order_total_amount),
           order_total_currency = coalesce(i.order_total_currency, o.order_total_currency),
           raw_payload = i.raw_payload,
           content_hash = i.content_hash,
           items_hash = CASE WHEN $1::boolean THEN i.items_hash ELSE o.items_hash END,
           mirrored_at = $2::timestamptz,
           notes = string_to_array(i.notes, E'\\n'),
           reread_wanted = ($1::boolean AND lines_in_doubt = 1)
                           OR (o.reread_wanted AND NOT $1::boolean AND o.items_hash IS NOT NULL),
           reread_marked_by = CASE WHEN lines_in_doubt = 1 THEN ${RUNNING} ELSE o.reread_marked_by END,
           reread_at = CASE WHEN $1::boolean AND lines_in_doubt = 1 AND NOT o.reread_wanted THEN NULL ELSE o.reread_at END
      FROM orders i
     WHERE o.id = i.known_id AND o.id = ANY (ARRAY(SELECT known_id FROM orders WHERE known_id IS NOT NULL))
  ), twins AS MATERIALIZED (
    -- Older versions of the order under other marketplaces, which early versions of this program kept beside it.
    SELECT k.id, k.amazon_order_id, k.marketplace_id
      FROM rows_of_id k JOIN orders i USING (place)
     WHERE k.id <> i.known_id AND (k.last_update_date <= i.last_update_date OR k.is_as_held)
  ), gone_orders AS (
    DELETE FROM amazon_order WHERE id = ANY (ARRAY(SELECT id FROM twins))
  ), old_items AS MATERIALIZED (
    SELECT i.*, o.has_items, o.marketplace_id AS moves_to
      FROM orders o CROSS JOIN LATERAL (SELECT * FROM amazon_order_item WHERE order_id = o.known_id OFFSET 0) AS i
  ), incoming_items AS MATERIALIZED (
    -- A price of 0 may come without a currency; no price has none.
    SELECT order_id, amazon_order_id, marketplace_id, order_item_id, seller_sku, asin, title, quantity_ordered,
           CASE WHEN currency IS NOT NULL THEN amount END AS item_price_amount,
           CASE WHEN amount IS NOT NULL THEN currency END AS item_price_currency, raw_payload, known_id
      FROM (
        SELECT o.id AS order_id, o.amazon_order_id, o.marketplace_id, i.order_item_id, i.seller_sku, i.asin, i.title,
               coalesce(nullif(i.quantity_ordered, ${UNKNOWN_QUANTITY}), old.quantity_ordered, 0) AS quantity_ordered,
               coalesce(i.item_price_amount::numeric, old.item_price_amount) AS amount,
               coalesce(i.item_price_currency, old.item_price_currency, o.known_currency, m.currency) AS currency,
               i.raw_payload, old.id AS known_id
          FROM unnest(
            $21::int[], $22::text[], $23::text[], $24::text[], $25::text[], $26::int[], $27::text[], $28::text[],
            $29::jsonb[]
          ) AS i (place, order_item_id, seller_sku, asin, title, quantity_ordered, item_price_amount,
                  item_price_currency, raw_payload)
          JOIN orders o USING (place)
          LEFT JOIN old_items old ON old.order_id = o.id AND old.order_item_id = i.order_item_id
          LEFT JOIN marketplaces m ON m.marketplace_id = o.marketplace_id
      ) AS priced
  ), new_items AS (
    INSERT INTO amazon_order_item
           (order_id, amazon_order_id, marketplace_id, order_item_id, seller_sku, asin, title, quantity_ordered,
            item_price_amount, item_price_currency, raw_payload)
    SELECT order_id, amazon_order_id, marketplace_id, order_item_id, seller_sku, asin, title, quantity_ordered,
           item_price_amount, item_price_currency, raw_payload
      FROM incoming_items
     WHERE known_id IS NULL
  ), changed_items AS (
    UPDATE amazon_order_item o
       SET marketplace_id = i.marketplace_id, seller_sku = i.seller_sku, asin = i.asin, title = i.title, quantity_ordered = i.quantity_ordered,
           item_price_amount = i.item_price_amount, item_price_currency = i.item_price_currency,
           raw_payload = i.raw_payload
      FROM incoming_items i
     WHERE o.id = i.known_id AND o.id = ANY (ARRAY(SELECT known_id FROM incoming_items WHERE known_id IS NOT NULL))
       AND (o.marketplace_id, o.seller_sku, o.asin, o.title, o.quantity_ordered, o.item_price_amount,
            o.item_price_currency, o.raw_payload)
           IS DISTINCT FROM
           (i.marketplace_id, i.seller_sku, i.asin, i.title, i.quantity_ordered, i.item_price_amount,
            i.item_price_currency, i.raw_payload)
  ), moved_items AS (
    UPDATE amazon_order_item o SET marketplace_id = i.moves_to
      FROM old_items i
     WHERE o.id = i.id AND o.id = ANY (ARRAY(SELECT id FROM old_items WHERE NOT has_items AND moves_to <> marketplace_id))
  ), gone_items AS (
    DELETE FROM amazon_order_item
     WHERE id = ANY (ARRAY(
       SELECT id FROM old_items
        WHERE has_items AND id NOT IN (SELECT known_id FROM incoming_items WHERE known_id IS NOT NULL)))
  ), items AS (
    SELECT order_id, order_item_id, seller_sku, asin, quantity_ordered, item_price_amount, item_price_currency
      FROM incoming_items
    UNION ALL
    SELECT order_id, order_item_id, seller_sku, asin, quantity_ordered, item_price_amount, item_price_currency
      FROM old_items WHERE NOT has_items
  ), lines AS MATERIALIZED (
    -- The same lines as those of ledger.ts.
    SELECT DISTINCT ON (i.order_item_id)
           i.order_item_id, o.amazon_order_id, o.marketplace_id, i.seller_sku, i.asin, i.quantity_ordered,
           (o.purchase_date AT TIME ZONE coalesce(m.time_zone, 'UTC'))::date AS order_date,
           i.item_price_amount, coalesce(i.item_price_currency, m.currency) AS currency
      FROM items i JOIN orders o ON o.id = i.order_id LEFT JOIN marketplaces m ON m.marketplace_id = o.marketplace_id
     WHERE o.order_status <> 'CANCELLED' AND o.channel_name <> 'NON_AMAZON'
     ORDER BY i.order_item_id, o.last_update_date DESC, o.id
  ), gone_lines AS (
    DELETE FROM order_items
     WHERE id = ANY (ARRAY(
       SELECT l.id
         FROM (
           SELECT amazon_order_id, known_marketplace_id AS marketplace_id FROM orders WHERE known_id IS NOT NULL
           UNION SELECT amazon_order_id, marketplace_id FROM twins
         ) AS o CROSS JOIN LATERAL (
           SELECT id, source, source_order_item_id FROM order_items
            WHERE order_id = o.amazon_order_id AND marketplace_id = o.marketplace_id OFFSET 0
         ) AS l
        WHERE l.source = '${LEDGER_SOURCE}'
          AND NOT EXISTS (SELECT FROM lines WHERE lines.order_item_id = l.source_order_item_id)))
  ), written_lines AS (
    INSERT INTO order_items AS l
           (order_id, order_date, marketplace_id, sku, asin, units, revenue, currency, source, source_order_item_id)
    SELECT amazon_order_id, order_date, marketplace_id, seller_sku, asin, quantity_ordered, item_price_amount, currency,
           '${LEDGER_SOURCE}', order_item_id
      FROM lines
    ON CONFLICT (source, source_order_item_id) WHERE source_order_item_id IS NOT NULL DO UPDATE
       SET order_id = excluded.order_id, order_date = excluded.order_date, marketplace_id = excluded.marketplace_id,
           sku = excluded.sku, asin = excluded.asin, units = excluded.units, revenue = excluded.revenue,
           currency = excluded.currency
     WHERE (l.order_id, l.order_date, l.marketplace_id, l.sku, l.asin, l.units, l.revenue, l.currency)
           IS DISTINCT FROM
           (excluded.order_id, excluded.order_date, excluded.marketplace_id, excluded.sku, excluded.asin, excluded.units,
            excluded.revenue, excluded.currency)
  )`;
