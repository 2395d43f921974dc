import type { Sql } from '../database/sql.js';

/** The ledger's name for what comes from the Selling Partner API. */
export const LEDGER_SOURCE = 'spapi';

/**
 * The sales ledger's lines of these orders (ids of `amazon_order`), made anew from the mirrored tables: one line an
 * item, dated in the marketplace's own time zone; none for orders that are cancelled or were not sold on Amazon.
 */
export async function refreshLedger(sql: Sql, orderIds: readonly bigint[]): Promise<void> {
  await sql.query(LEDGER_SQL, [orderIds.map(String), LEDGER_SOURCE]);
}

/** The same for all orders. */
export async function rebuildLedger(sql: Sql): Promise<void> {
  await sql.query(LEDGER_SQL, [null, LEDGER_SOURCE]);
}

const LEDGER_SQL = `
  WITH lines AS (
    SELECT DISTINCT ON (i.order_item_id)
           i.order_item_id, o.amazon_order_id, o.marketplace_id, i.seller_sku, i.asin, i.quantity_ordered,
           (o.purchase_date AT TIME ZONE m.time_zone)::date AS order_date,
           i.item_price_amount, coalesce(i.item_price_currency, m.currency) AS currency
      FROM amazon_order_item i
      JOIN amazon_order o ON o.id = i.order_id
      JOIN marketplaces m ON m.marketplace_id = o.marketplace_id
     WHERE ($1::bigint[] IS NULL OR o.id = ANY ($1::bigint[]))
       AND o.order_status <> 'CANCELLED' AND o.channel_name <> 'NON_AMAZON'
     ORDER BY i.order_item_id, o.last_update_date DESC, o.id
  ), gone AS (
    DELETE FROM order_items l
     USING amazon_order o
     WHERE ($1::bigint[] IS NULL OR o.id = ANY ($1::bigint[]))
       AND l.order_id = o.amazon_order_id AND l.source = $2
       AND NOT EXISTS (SELECT FROM lines WHERE lines.order_item_id = l.source_order_item_id)
  )
  INSERT INTO order_items AS l
         (order_id, order_date, marketplace_id, sku, asin, units, revenue, currency, source, source_order_item_id)
  SELECT amazon_order_id, order_date, marketplace_id, seller_sku, asin, quantity_ordered, item_price_amount, currency,
         $2, order_item_id
    FROM lines
  ON CONFLICT (source, source_order_item_id) WHERE source_order_item_id IS NOT NULL DO UPDATE
     SET order_id = excluded.order_id, order_date = excluded.order_date, marketplace_id = excluded.marketplace_id,
         sku = excluded.sku, asin = excluded.asin, units = excluded.units, revenue = excluded.revenue,
         currency = excluded.currency`;
