-- By default autovacuum waits for a fifth of a table: two million dead rows of ten million orders, while lists read them and
-- the visibility map, which index-only scans need, lags behind. Autovacuum skips pages that it has seen, so it may run often.
ALTER TABLE "amazon_order" SET (
    autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02
);
ALTER TABLE "amazon_order_item" SET (
    autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02
);
ALTER TABLE "order_items" SET (
    autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02
);
ALTER TABLE "order_change" SET (
    autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02
);
