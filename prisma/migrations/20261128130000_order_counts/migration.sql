-- How many orders each marketplace has in each status, for totals that take no scan: counting a million orders takes a
-- quarter of a second, for each page that shows a total. Triggers keep it in the transaction that changes orders.

CREATE TABLE order_count (
  marketplace_id text NOT NULL,
  order_status   text NOT NULL,
  orders         bigint NOT NULL,
  PRIMARY KEY (marketplace_id, order_status)
);
INSERT INTO order_count SELECT marketplace_id, order_status, count(*) FROM amazon_order GROUP BY 1, 2;

CREATE FUNCTION count_orders() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO order_count AS c
  SELECT marketplace_id, order_status, CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END
    FROM changed GROUP BY 1, 2 ORDER BY 1, 2
  ON CONFLICT (marketplace_id, order_status) DO UPDATE SET orders = c.orders + excluded.orders;
  RETURN NULL;
END $$;

CREATE FUNCTION count_updated_orders() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO order_count AS c
  SELECT marketplace_id, order_status, sum(change)
    FROM (SELECT marketplace_id, order_status, 1 AS change FROM after_update
          UNION ALL SELECT marketplace_id, order_status, -1 FROM before_update) AS changes
   GROUP BY 1, 2 HAVING sum(change) <> 0 ORDER BY 1, 2
  ON CONFLICT (marketplace_id, order_status) DO UPDATE SET orders = c.orders + excluded.orders;
  RETURN NULL;
END $$;

CREATE FUNCTION forget_order_counts() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  DELETE FROM order_count;
  RETURN NULL;
END $$;

CREATE TRIGGER amazon_order_inserted AFTER INSERT ON amazon_order
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_orders();
CREATE TRIGGER amazon_order_deleted AFTER DELETE ON amazon_order
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_orders();
CREATE TRIGGER amazon_order_updated AFTER UPDATE ON amazon_order
  REFERENCING OLD TABLE AS before_update NEW TABLE AS after_update
  FOR EACH STATEMENT EXECUTE FUNCTION count_updated_orders();
CREATE TRIGGER amazon_order_truncated AFTER TRUNCATE ON amazon_order
  FOR EACH STATEMENT EXECUTE FUNCTION forget_order_counts();

-- The triggers find their tables for sessions with any search path.
ALTER FUNCTION mark_sales_days() SET search_path FROM CURRENT;
ALTER FUNCTION mark_updated_sales_days() SET search_path FROM CURRENT;
ALTER FUNCTION forget_sales_days() SET search_path FROM CURRENT;
ALTER FUNCTION mark_sales_days_of_marketplace() SET search_path FROM CURRENT;
