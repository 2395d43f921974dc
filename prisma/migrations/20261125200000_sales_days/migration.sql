-- The ledger added up, so that a year of sales is read from a few hundred rows. A day whose lines have changed since is
-- stale: it is added up anew by whoever reads it, until it is kept again (src/orders/sales-days.ts).

CREATE TABLE sales_day (
  -- Of all marketplaces together (then the id is empty): an order of two counts once.
  is_whole       boolean NOT NULL,
  marketplace_id text NOT NULL,
  order_date     date NOT NULL,
  currency       text NOT NULL,
  orders         integer NOT NULL,
  units          bigint NOT NULL,
  revenue        numeric NOT NULL,
  PRIMARY KEY (is_whole, marketplace_id, order_date, currency)
);
CREATE INDEX sales_day_order_date_idx ON sales_day (order_date);

CREATE TABLE sales_day_stale (
  order_date date PRIMARY KEY
);
INSERT INTO sales_day_stale SELECT DISTINCT order_date FROM order_items;

-- Marked in the transaction that changes the ledger, whoever does: users have lines of their own in it. Who keeps days
-- locks the ledger first, so that no line comes in between.
CREATE FUNCTION mark_sales_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO sales_day_stale SELECT DISTINCT order_date FROM changed ORDER BY order_date ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE FUNCTION mark_updated_sales_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO sales_day_stale
  SELECT order_date FROM was UNION SELECT order_date FROM changed ORDER BY order_date ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE FUNCTION forget_sales_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM sales_day;
  DELETE FROM sales_day_stale;
  RETURN NULL;
END $$;

-- A line without a currency has its marketplace's.
CREATE FUNCTION mark_sales_days_of_marketplace() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO sales_day_stale
  SELECT DISTINCT order_date FROM order_items WHERE marketplace_id = new.marketplace_id
   ORDER BY order_date ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE TRIGGER order_items_inserted AFTER INSERT ON order_items
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_sales_days();
CREATE TRIGGER order_items_deleted AFTER DELETE ON order_items
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_sales_days();
CREATE TRIGGER order_items_updated AFTER UPDATE ON order_items
  REFERENCING OLD TABLE AS was NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION mark_updated_sales_days();
CREATE TRIGGER order_items_truncated AFTER TRUNCATE ON order_items
  FOR EACH STATEMENT EXECUTE FUNCTION forget_sales_days();
CREATE TRIGGER marketplaces_currency_changed AFTER UPDATE ON marketplaces
  FOR EACH ROW WHEN (old.currency IS DISTINCT FROM new.currency) EXECUTE FUNCTION mark_sales_days_of_marketplace();
