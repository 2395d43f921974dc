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

/**
 * From the orders to their items and lines, each by its index: OFFSET 0 keeps the planner, who knows nothing of new tables,
 * from starting at the whole ledger.
 */
const LEDGER_SQL = `
  WITH orders AS MATERIALIZED (
    SELECT o.id, o.amazon_order_id, o.marketplace_id, o.last_update_date,
           o.order_status <> 'CANCELLED' AND o.channel_name <> 'NON_AMAZON' AS counts,
           (o.purchase_date AT TIME ZONE m.time_zone)::date AS order_date, m.currency
      FROM amazon_order o JOIN marketplaces m USING (marketplace_id)
     WHERE $1::bigint[] IS NULL OR o.id = ANY ($1::bigint[])
  ), lines AS MATERIALIZED (
    SELECT DISTINCT ON (i.order_item_id)
           i.order_item_id, o.amazon_order_id, o.marketplace_id, i.seller_sku, i.asin, i.quantity_ordered,
           o.order_date, i.item_price_amount, coalesce(i.item_price_currency, o.currency) AS currency
      FROM orders o CROSS JOIN LATERAL (SELECT * FROM amazon_order_item WHERE order_id = o.id OFFSET 0) AS i
     WHERE o.counts
     ORDER BY i.order_item_id, o.last_update_date DESC, o.id
  ), gone AS (
    DELETE FROM order_items
     WHERE id = ANY (ARRAY(
       SELECT l.id
         FROM orders o CROSS JOIN LATERAL (
           SELECT id, source_order_item_id FROM order_items
            WHERE order_id = o.amazon_order_id AND source = $2 OFFSET 0
         ) AS l
        WHERE NOT EXISTS (SELECT FROM lines WHERE lines.order_item_id = l.source_order_item_id)))
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
