-- Orders that the seller has to ship, by their latest time to ship (src/mirror/read/find-orders.ts).
CREATE INDEX amazon_order_to_ship_idx
  ON amazon_order (coalesce(ship_by_latest, timestamptz '9999-12-31T00:00:00.000Z'), id)
  WHERE order_status IN ('UNSHIPPED', 'PARTIALLY_SHIPPED') AND fulfilled_by = 'MERCHANT';

-- Search within ids, SKUs and titles. Where pg_trgm may not be installed, search works without, by reading the tables:
-- src/database/search-indexes.ts tries again at each start, and says what is missing.
CREATE FUNCTION create_search_indexes() RETURNS void LANGUAGE plpgsql AS $function$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  CREATE INDEX IF NOT EXISTS amazon_order_amazon_order_id_idx ON amazon_order USING gin (amazon_order_id gin_trgm_ops);
  CREATE INDEX IF NOT EXISTS amazon_order_item_seller_sku_asin_title_idx
    ON amazon_order_item USING gin (seller_sku gin_trgm_ops, asin gin_trgm_ops, title gin_trgm_ops);
END $function$;

DO $$
BEGIN
  PERFORM create_search_indexes();
EXCEPTION
  WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR undefined_object THEN
    RAISE WARNING 'The search indexes were not created: %', SQLERRM;
END $$;
