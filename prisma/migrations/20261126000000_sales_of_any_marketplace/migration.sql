-- Users' own lines in the ledger may name marketplaces that nobody has told of. They count too; and a line without a
-- currency has one for as long as its marketplace is known.

CREATE OR REPLACE FUNCTION mark_sales_days_of_marketplace() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO sales_day_stale
  SELECT DISTINCT order_date FROM order_items WHERE marketplace_id = coalesce(new.marketplace_id, old.marketplace_id)
   ORDER BY order_date ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE TRIGGER marketplaces_currency_told AFTER INSERT ON marketplaces
  FOR EACH ROW WHEN (new.currency IS NOT NULL) EXECUTE FUNCTION mark_sales_days_of_marketplace();
CREATE TRIGGER marketplaces_currency_gone AFTER DELETE ON marketplaces
  FOR EACH ROW WHEN (old.currency IS NOT NULL) EXECUTE FUNCTION mark_sales_days_of_marketplace();

INSERT INTO sales_day_stale
SELECT DISTINCT order_date FROM order_items WHERE marketplace_id NOT IN (SELECT marketplace_id FROM marketplaces)
    ON CONFLICT DO NOTHING;
