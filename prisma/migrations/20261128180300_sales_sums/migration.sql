-- The ledger added up by day and by month, also by product, so that a year of sales by SKU is read from some ten thousand
-- rows. Written by mirror/write/sales-sums.ts. Days in sales_day_stale have changed since: readers add them up from the ledger.

-- Whose marketplace, fulfilment and currency a row sums. Without a marketplace: all marketplaces and fulfilments together.
CREATE TABLE sales_channel (
  id             serial PRIMARY KEY,
  marketplace_id text,
  fulfilled_by   text,
  currency       text NOT NULL
);
CREATE UNIQUE INDEX sales_channel_marketplace_id_fulfilled_by_currency_key
  ON sales_channel (marketplace_id, fulfilled_by, currency) NULLS NOT DISTINCT;

-- Numbers in place of texts halve the time of reading. Lines without a SKU or an ASIN have number 0, which has no row here.
CREATE TABLE sales_sku (
  id  serial PRIMARY KEY,
  sku text NOT NULL
);
CREATE UNIQUE INDEX sales_sku_sku_key ON sales_sku (sku);
CREATE TABLE sales_asin (
  id   serial PRIMARY KEY,
  asin text NOT NULL
);
CREATE UNIQUE INDEX sales_asin_asin_key ON sales_asin (asin);

DROP TABLE sales_day;
CREATE TABLE sales_day (
  order_date           date NOT NULL,
  channel_id           integer NOT NULL,
  -- Orders of a marketplace (of all marketplaces: different order ids), counted at one of their fulfilments only, so that
  -- the rows of a marketplace can be added up; and orders of a marketplace and fulfilment.
  orders               integer NOT NULL,
  orders_of_fulfilment integer NOT NULL,
  units                bigint NOT NULL,
  -- Units of lines whose price is unknown.
  unpriced_units       bigint NOT NULL,
  revenue              numeric NOT NULL,
  shipping             numeric NOT NULL,
  gift_wrap            numeric NOT NULL,
  tax                  numeric NOT NULL,
  discount             numeric NOT NULL,
  PRIMARY KEY (order_date, channel_id)
);

-- An order with several products counts at the first of each SKU in `sku_orders`, of each ASIN in `asin_orders`, and of each
-- pair in `product_orders`, so that each of them can be added up over the products that have the same SKU, ASIN or pair.
CREATE TABLE sales_product_day (
  order_date                   date NOT NULL,
  channel_id                   integer NOT NULL,
  sku_id                       integer NOT NULL,
  asin_id                      integer NOT NULL,
  sku_orders                   integer NOT NULL,
  asin_orders                  integer NOT NULL,
  product_orders               integer NOT NULL,
  sku_orders_of_fulfilment     integer NOT NULL,
  asin_orders_of_fulfilment    integer NOT NULL,
  product_orders_of_fulfilment integer NOT NULL,
  units                        bigint NOT NULL,
  unpriced_units               bigint NOT NULL,
  revenue                      numeric NOT NULL,
  shipping                     numeric NOT NULL,
  gift_wrap                    numeric NOT NULL,
  tax                          numeric NOT NULL,
  discount                     numeric NOT NULL,
  PRIMARY KEY (order_date, channel_id, sku_id, asin_id)
);

-- The days of a month added up; also for all marketplaces together. `order_date` is the first day of the month.
CREATE TABLE sales_product_month (LIKE sales_product_day);
ALTER TABLE sales_product_month ADD PRIMARY KEY (order_date, channel_id, sku_id, asin_id);

-- Writers of the ledger mark days with claim 0. Whoever adds days up takes those marks over under a number of its own, and
-- deletes them when the sums are stored: what is written meanwhile has a mark again.
ALTER TABLE sales_day_stale DROP CONSTRAINT sales_day_stale_pkey;
ALTER TABLE sales_day_stale ADD COLUMN claim bigint NOT NULL DEFAULT 0;
ALTER TABLE sales_day_stale ADD PRIMARY KEY (order_date, claim);
INSERT INTO sales_day_stale SELECT DISTINCT order_date FROM order_items ON CONFLICT DO NOTHING;

CREATE OR REPLACE FUNCTION forget_sales_days() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  DELETE FROM sales_day;
  DELETE FROM sales_product_day;
  DELETE FROM sales_product_month;
  DELETE FROM sales_day_stale;
  RETURN NULL;
END $$;
