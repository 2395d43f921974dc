-- Rows that older versions wrote wrong, and that lists may never show again, are corrected from what is stored. What the
-- stored payload doesn't hold is marked to be read again by the order's id.

-- Other spellings of the known statuses (src/spapi/order-words.ts).
UPDATE amazon_order AS o SET order_status = w.status
  FROM (VALUES ('PENDINGAVAILABILITY', 'PENDING_AVAILABILITY'), ('PENDING', 'PENDING'), ('UNSHIPPED', 'UNSHIPPED'),
               ('PARTIALLYSHIPPED', 'PARTIALLY_SHIPPED'), ('SHIPPED', 'SHIPPED'), ('SHIPPING', 'SHIPPED'),
               ('CANCELLED', 'CANCELLED'), ('CANCELED', 'CANCELLED'), ('UNFULFILLABLE', 'UNFULFILLABLE')) AS w (word, status)
 WHERE upper(regexp_replace(split_part(o.order_status, ' - ', 1), '[\s_-]', '', 'g')) = w.word AND o.order_status <> w.status;

UPDATE amazon_order SET channel_name = 'NON_AMAZON' WHERE channel_name ~* '^non[\s_-]?amazon$' AND channel_name <> 'NON_AMAZON';

-- A line of 0 units costs nothing; nor does one that has proceeds without an ITEM row, once its order isn't pending.
UPDATE amazon_order_item AS i
   SET item_price_amount = 0,
       item_price_currency = coalesce(i.item_price_currency, i.raw_payload #>> '{proceeds,proceedsTotal,currencyCode}',
                                      o.order_total_currency, m.currency)
  FROM amazon_order AS o LEFT JOIN marketplaces AS m USING (marketplace_id)
 WHERE i.order_id = o.id AND o.order_status <> 'CANCELLED' AND i.item_price_amount IS DISTINCT FROM 0
   AND coalesce(i.item_price_currency, i.raw_payload #>> '{proceeds,proceedsTotal,currencyCode}', o.order_total_currency,
                m.currency) ~ '^[A-Z]{3}$'
   AND (i.quantity_ordered = 0
        OR (o.order_status NOT IN ('PENDING', 'PENDING_AVAILABILITY')
            AND jsonb_typeof(i.raw_payload -> 'proceeds') = 'object'
            AND NOT coalesce(i.raw_payload #> '{proceeds,breakdowns}' @> '[{"type": "ITEM"}]', false)
            AND (jsonb_array_length(CASE WHEN jsonb_typeof(i.raw_payload #> '{proceeds,breakdowns}') = 'array'
                                         THEN i.raw_payload #> '{proceeds,breakdowns}' ELSE '[]' END) > 0
                 OR coalesce(i.raw_payload #>> '{proceeds,proceedsTotal,amount}', '0') ~ '^-?[0.]+$')));

-- The ledger follows (src/sync/ledger.ts).
DELETE FROM order_items AS l USING amazon_order AS o
 WHERE l.source = 'spapi' AND o.amazon_order_id = l.order_id AND o.marketplace_id = l.marketplace_id
   AND (o.order_status = 'CANCELLED' OR o.channel_name = 'NON_AMAZON');
UPDATE order_items AS l SET revenue = i.item_price_amount, currency = i.item_price_currency
  FROM amazon_order_item AS i
 WHERE l.source = 'spapi' AND l.source_order_item_id = i.order_item_id AND l.order_id = i.amazon_order_id
   AND l.marketplace_id = i.marketplace_id AND i.item_price_amount = 0
   AND (l.revenue IS DISTINCT FROM 0 OR l.currency IS DISTINCT FROM i.item_price_currency);

-- Orders whose lines an empty list took away, and titles out of which a supposed e-mail address was cut.
UPDATE amazon_order AS o SET reread_wanted = true
 WHERE (o.items_hash IS NOT NULL AND NOT EXISTS (SELECT FROM amazon_order_item AS i WHERE i.order_id = o.id))
    OR EXISTS (SELECT FROM amazon_order_item AS i
                WHERE i.order_id = o.id AND concat(i.title, i.asin) LIKE '%(e-mail address cut)%');
