import type { Sql } from '../database/sql.js';
import { refreshLedger } from './ledger.js';
import type { OrderRow } from './order-rows.js';

/** What writing an order would change, or changed. */
export type Change = 'inserted' | 'updated' | 'unchanged';

/** What the database would make of each of these rows, in their order. Nothing is written. */
export async function classifyOrders(sql: Sql, rows: readonly OrderRow[], includeItems: boolean): Promise<Change[]> {
  if (rows.length === 0) return [];
  const found = await sql.query<{ change: Change }>(CLASSIFY_SQL, [
    rows.map((row) => row.amazonOrderId),
    rows.map((row) => row.marketplaceId),
    rows.map((row) => row.lastUpdateDate.toISOString()),
    rows.map((row) => row.contentHash),
    rows.map((row) => row.itemsHash),
    includeItems,
  ]);
  return found.map(({ change }) => change);
}

/**
 * Writes these orders, their items when they are wanted, and the ledger that follows from both: three statements at
 * most, however many orders there are. A row is overwritten by the same or a newer `lastUpdatedTime` only, and a known
 * amount is never replaced by an unknown one.
 * @param at when they came from Amazon
 */
export async function saveOrders(
  sql: Sql,
  rows: readonly OrderRow[],
  { includeItems, at }: { readonly includeItems: boolean; readonly at: Date },
): Promise<void> {
  if (rows.length === 0) return;
  await saveMarketplaces(sql, rows);
  const saved = await sql.query<{ id: bigint }>(SAVE_SQL, [
    ...orderColumns(rows),
    includeItems,
    ...itemColumns(rows),
    at,
  ]);
  await refreshLedger(
    sql,
    saved.map(({ id }) => id),
  );
}

/** Marketplaces that nobody has told of yet get a row without a currency. */
async function saveMarketplaces(sql: Sql, rows: readonly OrderRow[]): Promise<void> {
  const names = new Map(rows.map((row) => [row.marketplaceId, row.marketplaceName ?? row.marketplaceId]));
  await sql.query(
    `INSERT INTO marketplaces (marketplace_id, country_code, name)
     SELECT id, 'ZZ', name FROM unnest($1::text[], $2::text[]) AS seen (id, name)
     ON CONFLICT (marketplace_id) DO NOTHING`,
    [[...names.keys()], [...names.values()]],
  );
}

function orderColumns(rows: readonly OrderRow[]): unknown[] {
  return [
    rows.map((row) => row.amazonOrderId),
    rows.map((row) => row.marketplaceId),
    rows.map((row) => row.purchaseDate.toISOString()),
    rows.map((row) => row.lastUpdateDate.toISOString()),
    rows.map((row) => row.orderStatus),
    rows.map((row) => row.fulfilledBy),
    rows.map((row) => row.channelName),
    rows.map((row) => row.orderTotal?.amount ?? null),
    rows.map((row) => row.orderTotal?.currencyCode ?? null),
    rows.map((row) => row.rawPayload),
    rows.map((row) => row.contentHash),
    rows.map((row) => row.itemsHash),
  ];
}

function itemColumns(rows: readonly OrderRow[]): unknown[] {
  const items = rows.flatMap((order) => order.items.map((item) => ({ order, item })));
  return [
    items.map(({ order }) => order.amazonOrderId),
    items.map(({ order }) => order.marketplaceId),
    items.map(({ item }) => item.orderItemId),
    items.map(({ item }) => item.sellerSku),
    items.map(({ item }) => item.asin),
    items.map(({ item }) => item.title),
    items.map(({ item }) => item.quantityOrdered),
    items.map(({ item }) => item.itemPrice?.amount ?? null),
    items.map(({ item }) => item.itemPrice?.currencyCode ?? null),
    items.map(({ item }) => item.rawPayload),
  ];
}

const CLASSIFY_SQL = `
  SELECT CASE
           WHEN o.id IS NULL THEN 'inserted'
           WHEN i.last_update_date < o.last_update_date THEN 'unchanged'
           WHEN i.content_hash <> o.content_hash THEN 'updated'
           WHEN $6::boolean AND i.items_hash IS DISTINCT FROM o.items_hash THEN 'updated'
           ELSE 'unchanged'
         END AS change
    FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[]) WITH ORDINALITY
      AS i (amazon_order_id, marketplace_id, last_update_date, content_hash, items_hash, position)
    LEFT JOIN amazon_order o USING (amazon_order_id, marketplace_id)
   ORDER BY i.position`;

const SAVE_SQL = `
  WITH incoming AS (
    SELECT * FROM unnest(
      $1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
      $8::numeric[], $9::text[], $10::text[], $11::text[], $12::text[]
    ) AS i (amazon_order_id, marketplace_id, purchase_date, last_update_date, order_status, fulfilled_by, channel_name,
            order_total_amount, order_total_currency, raw_payload, content_hash, items_hash)
  ), saved AS (
    INSERT INTO amazon_order AS o
           (amazon_order_id, marketplace_id, purchase_date, last_update_date, order_status, fulfilled_by, channel_name,
            order_total_amount, order_total_currency, raw_payload, content_hash, items_hash, mirrored_at)
    SELECT amazon_order_id, marketplace_id, purchase_date, last_update_date, order_status, fulfilled_by, channel_name,
           order_total_amount, order_total_currency, raw_payload::jsonb, content_hash,
           CASE WHEN $13::boolean THEN items_hash END, $24::timestamptz
      FROM incoming
    ON CONFLICT (amazon_order_id, marketplace_id) DO UPDATE
       SET purchase_date = excluded.purchase_date,
           last_update_date = excluded.last_update_date,
           order_status = excluded.order_status,
           fulfilled_by = coalesce(excluded.fulfilled_by, o.fulfilled_by),
           channel_name = excluded.channel_name,
           order_total_amount = coalesce(excluded.order_total_amount, o.order_total_amount),
           order_total_currency = coalesce(excluded.order_total_currency, o.order_total_currency),
           raw_payload = excluded.raw_payload,
           content_hash = excluded.content_hash,
           items_hash = coalesce(excluded.items_hash, o.items_hash),
           mirrored_at = excluded.mirrored_at
     WHERE o.last_update_date <= excluded.last_update_date
    RETURNING id, amazon_order_id, marketplace_id
  ), twins AS (
    -- An id is one order's: under another marketplace (none was told at first) it is an older version of the same.
    DELETE FROM amazon_order o
     USING incoming i
     WHERE o.amazon_order_id = i.amazon_order_id AND o.marketplace_id <> i.marketplace_id
       AND o.last_update_date <= i.last_update_date
       AND NOT EXISTS (
         SELECT FROM incoming other
          WHERE other.amazon_order_id = o.amazon_order_id AND other.marketplace_id = o.marketplace_id
       )
  ), incoming_items AS (
    SELECT saved.id AS order_id, i.*
      FROM unnest(
        $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::int[], $21::numeric[],
        $22::text[], $23::text[]
      ) AS i (amazon_order_id, marketplace_id, order_item_id, seller_sku, asin, title, quantity_ordered,
              item_price_amount, item_price_currency, raw_payload)
      JOIN saved USING (amazon_order_id, marketplace_id)
     WHERE $13::boolean
  ), saved_items AS (
    INSERT INTO amazon_order_item AS o
           (order_id, amazon_order_id, marketplace_id, order_item_id, seller_sku, asin, title, quantity_ordered,
            item_price_amount, item_price_currency, raw_payload)
    SELECT order_id, amazon_order_id, marketplace_id, order_item_id, seller_sku, asin, title, quantity_ordered,
           item_price_amount, item_price_currency, raw_payload::jsonb
      FROM incoming_items
    ON CONFLICT (order_item_id, amazon_order_id, marketplace_id) DO UPDATE
       SET seller_sku = excluded.seller_sku,
           asin = excluded.asin,
           title = excluded.title,
           quantity_ordered = excluded.quantity_ordered,
           item_price_amount = coalesce(excluded.item_price_amount, o.item_price_amount),
           item_price_currency = coalesce(excluded.item_price_currency, o.item_price_currency),
           raw_payload = excluded.raw_payload
  ), gone_items AS (
    DELETE FROM amazon_order_item o
     USING saved
     WHERE $13::boolean AND o.order_id = saved.id
       AND NOT EXISTS (
         SELECT FROM incoming_items i WHERE i.order_id = o.order_id AND i.order_item_id = o.order_item_id
       )
  )
  SELECT id FROM saved`;
