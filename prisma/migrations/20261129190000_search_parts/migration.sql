-- Search without an extension, and with short lists to compare in a large mirror. SKUs, ASINs and titles are searched in the
-- list of products, each of which is there once; an order id by all of its parts of four characters, which are rarer than
-- trigrams: there are 10,000 of digits, not 1,000.
DROP INDEX IF EXISTS amazon_order_amazon_order_id_idx;
DROP INDEX IF EXISTS amazon_order_item_seller_sku_asin_title_idx;
-- The extension pg_trgm stays where an earlier migration installed it: others may use it.
DROP FUNCTION IF EXISTS create_search_indexes();

-- Each part of four characters, in lower case, and the shorter ones at the end; of a long text, only of its beginning.
CREATE FUNCTION search_parts(value text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
DECLARE
  lowered CONSTANT text := left(lower(value), 1000);
  parts text[] := '{}';
BEGIN
  FOR place IN 1 .. length(lowered) LOOP
    parts[place] := substr(lowered, place, 4);
  END LOOP;
  RETURN array_to_tsvector(parts);
END $$;

-- Matches the parts of texts that hold this one, and few others: the text itself must be compared, too.
CREATE FUNCTION search_query(value text) RETURNS tsquery LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  lowered CONSTANT text := left(lower(value), 100);
  parts text[] := '{}';
BEGIN
  FOR place IN 1 .. greatest(length(lowered) - 3, 1) LOOP
    parts[place] := '''' || replace(replace(substr(lowered, place, 4), '\', '\\'), '''', '''''') || '''';
  END LOOP;
  RETURN (array_to_string(parts, ' & ') || CASE WHEN length(lowered) < 4 THEN ':*' ELSE '' END)::tsquery;
END $$;

CREATE FUNCTION product_key(seller_sku text, asin text, title text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN md5(quote_nullable(seller_sku) || ',' || quote_nullable(asin) || ',' || quote_nullable(title))::uuid;

CREATE TABLE mirrored_product (
  key        uuid PRIMARY KEY,
  seller_sku text,
  asin       text,
  title      text
);
INSERT INTO mirrored_product
SELECT product_key(seller_sku, asin, title), seller_sku, asin, title FROM amazon_order_item GROUP BY seller_sku, asin, title;

CREATE INDEX mirrored_product_search_idx
  ON mirrored_product USING gin (search_parts(seller_sku), search_parts(asin), search_parts(title));
CREATE INDEX amazon_order_item_product_idx ON amazon_order_item (product_key(seller_sku, asin, title));

CREATE FUNCTION list_products() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO mirrored_product (key, seller_sku, asin, title)
  SELECT DISTINCT ON (key) product_key(seller_sku, asin, title) AS key, seller_sku, asin, title FROM changed ORDER BY key
  ON CONFLICT (key) DO NOTHING;
  RETURN NULL;
END $$;

CREATE FUNCTION forget_products() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  DELETE FROM mirrored_product;
  RETURN NULL;
END $$;

CREATE TRIGGER amazon_order_item_inserted AFTER INSERT ON amazon_order_item
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION list_products();
CREATE TRIGGER amazon_order_item_updated AFTER UPDATE ON amazon_order_item
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION list_products();
CREATE TRIGGER amazon_order_item_truncated AFTER TRUNCATE ON amazon_order_item
  FOR EACH STATEMENT EXECUTE FUNCTION forget_products();

-- The planner's statistics, for the searches of a mirror that is there already.
ANALYZE mirrored_product;
