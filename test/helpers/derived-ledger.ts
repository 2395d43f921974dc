import type { Sql } from '../../src/database/database.js';

/**
 * Returns the lines in which the ledger differs from the mirrored tables that it is derived from. The merge derives them
 * from its own rows (src/mirror/write/ledger.ts); this reads the tables.
 */
export function ledgerDifferences(sql: Sql): Promise<object[]> {
  return sql.query(`
    WITH derived AS (
      SELECT DISTINCT ON (i.order_item_id)
             o.amazon_order_id, (o.purchase_date AT TIME ZONE m.time_zone)::date, o.marketplace_id, i.seller_sku, i.asin,
             i.quantity_ordered, i.item_price_amount, coalesce(i.item_price_currency, i.proceeds_currency, m.currency),
             coalesce(i.shipping_price_amount, i.item_price_amount * 0),
             coalesce(i.gift_wrap_price_amount, i.item_price_amount * 0),
             coalesce(i.tax_amount, i.item_price_amount * 0), coalesce(i.discount_amount, i.item_price_amount * 0),
             o.fulfilled_by, i.order_item_id
        FROM amazon_order o JOIN marketplaces m USING (marketplace_id) JOIN amazon_order_item i ON i.order_id = o.id
       WHERE o.order_status <> 'CANCELLED' AND o.channel_name <> 'NON_AMAZON'
       ORDER BY i.order_item_id, o.last_update_date DESC, o.id
    ), ledger AS (
      SELECT order_id, order_date, marketplace_id, sku, asin, units, revenue, currency, shipping, gift_wrap, tax, discount,
             fulfilled_by, source_order_item_id
        FROM order_items WHERE source = 'spapi'
    )
    SELECT 'missing' AS line, missing.* FROM (TABLE derived EXCEPT ALL TABLE ledger) AS missing
    UNION ALL
    SELECT 'extra', extra.* FROM (TABLE ledger EXCEPT ALL TABLE derived) AS extra`);
}
