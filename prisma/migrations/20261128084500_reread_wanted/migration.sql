-- Orders that a run reads again by their id, soon: an answer contradicted what is known of them (src/sync/merge-orders.ts).
ALTER TABLE amazon_order
  ADD COLUMN reread_wanted boolean NOT NULL DEFAULT false,
  -- Places of Amazon's answer that could not be read, and why; never their values. Null: none.
  ADD COLUMN notes text[],
  -- Of an older version with other content that a list showed later: each is a reason to read the order again once.
  ADD COLUMN conflict_hash text;
CREATE INDEX amazon_order_reread_wanted_idx ON amazon_order (amazon_order_id) WHERE reread_wanted;
