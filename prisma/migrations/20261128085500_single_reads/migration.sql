-- Orders that could not be had by their id: how many a run met, and which (src/sync/read-unpriced.ts).
ALTER TABLE sync_run
  ADD COLUMN orders_unreadable integer NOT NULL DEFAULT 0,
  ADD COLUMN unreadable_order_ids text[];
-- When a rejected order was last read by its id, without success: its turn comes again a day later.
ALTER TABLE rejected_order ADD COLUMN reread_at timestamptz(3);
-- What is read again by its id besides orders without a total: totals of 0, and lines without a price.
CREATE INDEX amazon_order_zero_idx ON amazon_order (purchase_date)
  WHERE order_total_amount = 0 AND order_status <> 'CANCELLED';
CREATE INDEX amazon_order_item_unpriced_idx ON amazon_order_item (order_id) WHERE item_price_amount IS NULL;
