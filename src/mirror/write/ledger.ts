/** The ledger's name for lines that come from the Selling Partner API. */
export const LEDGER_SOURCE = 'spapi';

const LEDGER_CONTENT = [
  ...['order_id', 'order_date', 'marketplace_id', 'sku', 'asin', 'units', 'revenue', 'currency'],
  ...['shipping', 'gift_wrap', 'tax', 'discount', 'fulfilled_by'],
];

/** Columns of an item that the ledger is derived from. */
export const LEDGER_MEMBERS = `seller_sku, asin, quantity_ordered, item_price_amount, item_price_currency,
           shipping_price_amount, gift_wrap_price_amount, tax_amount, discount_amount, proceeds_currency`;

/**
 * The sales ledger (`order_items`) is derived from the mirror: one line an item, dated in the marketplace's own time zone;
 * none for orders that are cancelled or were not sold on Amazon. `revenue` is the price of the items, before discounts;
 * shipping, gift wrap, tax and discount stand beside it: 0 if Amazon reports the price without them (field: rows of amount
 * 0 are left out), null while the price is unknown. Triggers of the table write changed days to
 * `sales_day_stale`, which `refreshSalesDays` (mirror/write/sales-sums.ts) reads.
 *
 * SQL: the parts of the merge's WITH that bring the ledger up to date. They read `orders`, the rows that are written; `items`,
 * all items that these orders have afterwards; and `twins`, the rows that are deleted. A marketplace that the same statement
 * inserts is not visible to them yet: it has the table's default time zone, and no currency.
 */
export const LEDGER_SQL = `lines AS MATERIALIZED (
    SELECT DISTINCT ON (i.order_item_id)
           i.order_item_id, o.amazon_order_id, o.marketplace_id, i.seller_sku, i.asin, i.quantity_ordered,
           (o.purchase_date AT TIME ZONE coalesce(m.time_zone, 'UTC'))::date AS order_date,
           i.item_price_amount, coalesce(i.item_price_currency, i.proceeds_currency, m.currency) AS currency,
           coalesce(i.shipping_price_amount, no_charge) AS shipping, coalesce(i.gift_wrap_price_amount, no_charge) AS gift_wrap,
           coalesce(i.tax_amount, no_charge) AS tax, coalesce(i.discount_amount, no_charge) AS discount, o.fulfilled_by
      FROM items i JOIN orders o ON o.id = i.order_id LEFT JOIN marketplaces m ON m.marketplace_id = o.marketplace_id
           CROSS JOIN LATERAL (SELECT CASE WHEN i.item_price_amount IS NOT NULL THEN 0::numeric END AS no_charge) AS known
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
           (order_id, order_date, marketplace_id, sku, asin, units, revenue, currency, shipping, gift_wrap, tax, discount,
            fulfilled_by, source, source_order_item_id)
    SELECT amazon_order_id, order_date, marketplace_id, seller_sku, asin, quantity_ordered, item_price_amount, currency,
           shipping, gift_wrap, tax, discount, fulfilled_by, '${LEDGER_SOURCE}', order_item_id
      FROM lines
    ON CONFLICT (source, source_order_item_id) WHERE source_order_item_id IS NOT NULL DO UPDATE
       SET ${LEDGER_CONTENT.map((name) => `${name} = excluded.${name}`).join(', ')}
     WHERE (${LEDGER_CONTENT.map((name) => `l.${name}`).join(', ')})
           IS DISTINCT FROM (${LEDGER_CONTENT.map((name) => `excluded.${name}`).join(', ')})
  )`;
