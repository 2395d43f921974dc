/** The ledger's name for lines that come from the Selling Partner API. */
const LEDGER_SOURCE = 'spapi';

/**
 * The sales ledger (`order_items`) is derived from the mirror: one line an item, dated in the marketplace's own time zone;
 * none for orders that are cancelled or were not sold on Amazon. Triggers of the table write changed days to
 * `sales_day_stale`, which `refreshSalesDays` (mirror/read/sales.ts) reads.
 *
 * SQL: the parts of the merge's WITH that bring the ledger up to date. They read `orders`, the rows that are written; `items`,
 * all items that these orders have afterwards; and `twins`, the rows that are deleted. A marketplace that the same statement
 * inserts is not visible to them yet: it has the table's default time zone, and no currency.
 */
export const LEDGER_SQL = `lines AS MATERIALIZED (
    SELECT DISTINCT ON (i.order_item_id)
           i.order_item_id, o.amazon_order_id, o.marketplace_id, i.seller_sku, i.asin, i.quantity_ordered,
           (o.purchase_date AT TIME ZONE coalesce(m.time_zone, 'UTC'))::date AS order_date,
           i.item_price_amount, coalesce(i.item_price_currency, m.currency) AS currency
      FROM items i JOIN orders o ON o.id = i.order_id LEFT JOIN marketplaces m ON m.marketplace_id = o.marketplace_id
     WHERE o.order_status <> 'CANCELLED' AND o.channel_name <> 'NON_AMAZON'
     ORDER BY i.order_item_id, o.last_update_date DESC, o.id
  ), deleted_lines AS (
    DELETE FROM order_items
     WHERE id = ANY (ARRAY(
       SELECT l.id
         FROM (
           SELECT amazon_order_id, stored_marketplace_id AS marketplace_id FROM orders WHERE stored_id IS NOT NULL
           UNION SELECT amazon_order_id, marketplace_id FROM twins
         ) AS o CROSS JOIN LATERAL (
           SELECT id, source, source_order_item_id FROM order_items
            WHERE order_id = o.amazon_order_id AND marketplace_id = o.marketplace_id OFFSET 0
         ) AS l
        WHERE l.source = '${LEDGER_SOURCE}'
          AND NOT EXISTS (SELECT FROM lines WHERE lines.order_item_id = l.source_order_item_id)))
  ), merged_lines AS (
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
