-- What makes the mirror converge where lists don't tell everything, and what lets it say how far it is.

-- The slow sweep, the forecast, and the marketplaces that refused.
ALTER TABLE sync_run
  ADD COLUMN sweep boolean NOT NULL DEFAULT false,
  ADD COLUMN estimated_finish_at timestamptz(3),
  ADD COLUMN refused_marketplace_ids text[];

-- Since when, not only until when, a marketplace is proven; and since when Amazon refuses it.
ALTER TABLE sync_cursor
  ADD COLUMN proven_from timestamptz(3),
  ADD COLUMN items_proven_from timestamptz(3),
  ADD COLUMN refused_at timestamptz(3),
  ALTER COLUMN proven_until DROP NOT NULL;

-- Orders without a price are read again one by one.
ALTER TABLE amazon_order ADD COLUMN reread_at timestamptz(3);
CREATE INDEX amazon_order_unpriced_idx ON amazon_order (purchase_date)
  WHERE order_total_amount IS NULL AND order_status <> 'CANCELLED' AND channel_name <> 'NON_AMAZON';

-- Which reader set the order aside: a newer one tries again.
ALTER TABLE rejected_order ADD COLUMN reader_version integer NOT NULL DEFAULT 1;
