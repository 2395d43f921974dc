-- More of what older versions stored in other words than the present one (src/spapi/order-words.ts).

UPDATE amazon_order AS o SET fulfilled_by = w.name
  FROM (VALUES ('AFN', 'AMAZON'), ('AMAZON', 'AMAZON'), ('MFN', 'MERCHANT'), ('MERCHANT', 'MERCHANT')) AS w (word, name)
 WHERE upper(o.fulfilled_by) = w.word AND o.fulfilled_by <> w.name;

UPDATE amazon_order SET channel_name = 'AMAZON' WHERE upper(channel_name) = 'AMAZON' AND channel_name <> 'AMAZON';

-- An older version didn't know by these orders' words that they are pending or cancelled: then amounts of 0 say nothing, but
-- for lines of 0 units.
UPDATE amazon_order SET order_total_amount = NULL, order_total_currency = NULL
 WHERE order_total_amount = 0 AND order_status IN ('PENDING', 'PENDING_AVAILABILITY', 'CANCELLED')
   AND raw_payload #>> '{fulfillment,fulfillmentStatus}' <> order_status;

UPDATE amazon_order_item AS i SET item_price_amount = NULL, item_price_currency = NULL
  FROM amazon_order AS o
 WHERE o.id = i.order_id AND i.item_price_amount = 0 AND i.quantity_ordered > 0
   AND o.order_status IN ('PENDING', 'PENDING_AVAILABILITY', 'CANCELLED')
   AND o.raw_payload #>> '{fulfillment,fulfillmentStatus}' <> o.order_status;

-- The ledger follows (src/sync/ledger.ts). Cancelled orders have no lines in it.
UPDATE order_items AS l SET revenue = NULL
  FROM amazon_order_item AS i JOIN amazon_order AS o ON o.id = i.order_id
 WHERE l.source = 'spapi' AND l.source_order_item_id = i.order_item_id AND l.order_id = i.amazon_order_id
   AND l.marketplace_id = i.marketplace_id AND l.revenue = 0 AND i.item_price_amount IS NULL
   AND o.order_status IN ('PENDING', 'PENDING_AVAILABILITY')
   AND o.raw_payload #>> '{fulfillment,fulfillmentStatus}' <> o.order_status;
