import type { Sql } from '../../database/sql.js';

/** The ledger's name for what comes from the Selling Partner API. */
export const LEDGER_SOURCE = 'spapi';

/**
 * The sales ledger, made anew from the mirrored tables: one line an item, dated in the marketplace's own time zone; none
 * for orders that are cancelled or were not sold on Amazon. While orders come in, merge-orders.ts makes the same lines.
 */
export async function rebuildLedger(sql: Sql): Promise<void> {
  await sql.query(LEDGER_SQL, [LEDGER_SOURCE]);
}

const LEDGER_SQL = `
  WITH lines AS MATERIALIZED (
    SELECT DISTINCT ON (i.order_item_id)
           i.order_item_id, o.amazon_order_id, o.marketplace_id, i.seller_sku, i.asin, i.quantity_ordered,
           (o.purchase_date AT TIME ZONE m.time_zone)::date AS order_date,
           i.item_price_amount, coalesce(i.item_price_currency, m.currency) AS currency
      FROM amazon_order o JOIN marketplaces m USING (marketplace_id) JOIN amazon_order_item i ON i.order_id = o.id
     WHERE o.order_status <> 'CANCELLED' AND o.channel_name <> 'NON_AMAZON'
     ORDER BY i.order_item_id, o.last_update_date DESC, o.id
  ), gone AS (
    DELETE FROM order_items l
     WHERE source = $1 AND NOT EXISTS (SELECT FROM lines WHERE lines.order_item_id = l.source_order_item_id)
  )
  INSERT INTO order_items AS l
         (order_id, order_date, marketplace_id, sku, asin, units, revenue, currency, source, source_order_item_id)
  SELECT amazon_order_id, order_date, marketplace_id, seller_sku, asin, quantity_ordered, item_price_amount, currency,
         $1, order_item_id
    FROM lines
  ON CONFLICT (source, source_order_item_id) WHERE source_order_item_id IS NOT NULL DO UPDATE
     SET order_id = excluded.order_id, order_date = excluded.order_date, marketplace_id = excluded.marketplace_id,
         sku = excluded.sku, asin = excluded.asin, units = excluded.units, revenue = excluded.revenue,
         currency = excluded.currency`;
