-- Indexes that take long to make for a large mirror, and whose absence changes no answer: the server makes those that are
-- missing after its start (src/database/indexes.ts). An index that is changed gets another name; a migration drops the old one.

-- Orders that the seller has to ship, by their latest time to ship (src/mirror/read/find-orders.ts).
CREATE INDEX CONCURRENTLY IF NOT EXISTS amazon_order_to_ship_idx
  ON amazon_order (coalesce(ship_by_latest, timestamptz '9999-12-31T00:00:00.000Z'), id)
  WHERE order_status IN ('UNSHIPPED', 'PARTIALLY_SHIPPED') AND fulfilled_by = 'MERCHANT';

-- A search for a part of an order id (src/mirror/read/order-search.ts).
CREATE INDEX CONCURRENTLY IF NOT EXISTS amazon_order_search_parts_idx
  ON amazon_order USING gin (search_parts(amazon_order_id));
