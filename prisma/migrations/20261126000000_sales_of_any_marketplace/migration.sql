-- Users' own lines in the ledger may name marketplaces that nobody has told of. They count too; and a line without a
-- currency has one as soon as its marketplace is known.

CREATE TRIGGER marketplaces_currency_told AFTER INSERT ON marketplaces
  FOR EACH ROW WHEN (new.currency IS NOT NULL) EXECUTE FUNCTION mark_sales_days_of_marketplace();

INSERT INTO sales_day_stale
SELECT DISTINCT order_date FROM order_items WHERE marketplace_id NOT IN (SELECT marketplace_id FROM marketplaces)
    ON CONFLICT DO NOTHING;
