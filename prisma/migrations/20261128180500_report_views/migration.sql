-- Views for people who write SQL, in a schema of their own. docs/sql.md documents their columns, which stay the same when
-- tables change: a later migration that touches a column they read replaces this function and calls it again, as below.
-- Columns are added at the end only, so that CREATE OR REPLACE VIEW keeps the views, with the rights of roles on them.
--
-- The mirror works without them, and they can't be created everywhere: the role may not create schemas, or a schema `report`
-- with other content exists. They are then left out, and each start tries again (src/database/report-views.ts).

CREATE FUNCTION create_report_views() RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $function$
BEGIN
  IF to_regnamespace('report') IS NULL THEN
    CREATE SCHEMA report;
  END IF;
  -- A database may have two installations, in two schemas.
  IF EXISTS (
    SELECT FROM pg_class v JOIN pg_rewrite r ON r.ev_class = v.oid
           JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
           JOIN pg_class t ON d.refclassid = 'pg_class'::regclass AND t.oid = d.refobjid
     WHERE v.relnamespace = 'report'::regnamespace AND v.relname = 'orders'
       AND t.relname = 'amazon_order' AND t.oid <> 'amazon_order'::regclass
  ) THEN
    RAISE duplicate_schema USING MESSAGE = 'the views in schema report are those of another Ordermirror in this database';
  END IF;

  CREATE OR REPLACE VIEW report.orders AS
  SELECT o.amazon_order_id, o.marketplace_id, o.marketplace_name, nullif(m.country_code, 'ZZ') AS country_code,
         o.purchase_date, (o.purchase_date AT TIME ZONE coalesce(m.time_zone, 'UTC'))::date AS purchase_date_local,
         o.last_update_date, o.order_status, o.fulfilled_by, o.channel_name,
         o.order_status <> 'CANCELLED' AND o.channel_name <> 'NON_AMAZON' AS is_sale,
         o.order_total_amount, o.order_total_currency, o.seller_order_id, o.programs, o.fulfillment_service_level,
         o.ship_by_earliest, o.ship_by_latest, o.deliver_by_earliest, o.deliver_by_latest,
         o.label_printing_earliest, o.label_printing_latest, o.buyer_invoice_preference, o.invoice_status,
         o.source, o.notes, o.mirrored_at
    FROM amazon_order o LEFT JOIN marketplaces m ON m.marketplace_id = o.marketplace_id;

  -- LEFT JOIN, so that orders are not read for columns of items alone.
  CREATE OR REPLACE VIEW report.order_items AS
  SELECT o.amazon_order_id, i.order_item_id, o.marketplace_id, nullif(m.country_code, 'ZZ') AS country_code,
         o.purchase_date, (o.purchase_date AT TIME ZONE coalesce(m.time_zone, 'UTC'))::date AS purchase_date_local,
         o.last_update_date, o.order_status, o.fulfilled_by, o.channel_name,
         o.order_status <> 'CANCELLED' AND o.channel_name <> 'NON_AMAZON' AS is_sale,
         i.seller_sku, i.asin, i.title, i.quantity_ordered, i.quantity_fulfilled, i.quantity_unfulfilled,
         i.item_price_amount, i.item_price_currency, i.unit_price_amount, i.unit_price_currency, i.price_designation,
         i.proceeds_currency, i.proceeds_total_amount, i.tax_amount, i.item_tax_amount, i.shipping_price_amount,
         i.shipping_tax_amount, i.gift_wrap_price_amount, i.gift_wrap_tax_amount, i.discount_amount,
         i.item_discount_amount, i.shipping_discount_amount, i.cod_fee_amount, i.promotion_ids, i.points_granted,
         i.points_value_amount, i.points_value_currency, i.programs, i.condition_type, i.condition_subtype,
         i.condition_note, i.serial_numbers, i.serial_number_requirement, i.measurement_unit, i.measurement_value,
         i.cancellation_requester, i.cancelled_by, i.substitution_type, i.gift_wrap_level,
         i.scheduled_delivery_earliest, i.scheduled_delivery_latest, i.pallet_delivery, i.cash_on_delivery,
         i.signature_confirmation, i.recipient_identity_verification, i.recipient_age_verification, i.ioss_number,
         i.tax_reporting_schemes
    FROM amazon_order_item i LEFT JOIN amazon_order o ON o.id = i.order_id
         LEFT JOIN marketplaces m ON m.marketplace_id = o.marketplace_id;

  -- The ledger, which has users' own lines, too.
  CREATE OR REPLACE VIEW report.sales_by_day AS
  SELECT l.order_date AS date, l.marketplace_id, coalesce(l.currency, m.currency, 'XXX') AS currency,
         count(DISTINCT l.order_id) AS orders, sum(l.units) AS units, coalesce(sum(l.revenue), 0) AS revenue,
         coalesce(sum(l.units) FILTER (WHERE l.revenue IS NULL), 0) AS unknown_price_units,
         coalesce(sum(l.shipping), 0) AS shipping, coalesce(sum(l.gift_wrap), 0) AS gift_wrap,
         coalesce(sum(l.tax), 0) AS tax, coalesce(sum(l.discount), 0) AS discount
    FROM order_items l LEFT JOIN marketplaces m ON m.marketplace_id = l.marketplace_id
   GROUP BY 1, 2, 3;

  -- Names and words of Orders API v0. Its words are those of 2026-01-01 without underscores, in another case.
  CREATE OR REPLACE VIEW report.orders_v0 AS
  SELECT o.amazon_order_id, o.seller_order_id, o.purchase_date, o.last_update_date,
         CASE o.order_status WHEN 'CANCELLED' THEN 'Canceled'
           ELSE replace(initcap(replace(o.order_status, '_', ' ') COLLATE "C"), ' ', '') END AS order_status,
         CASE o.fulfilled_by WHEN 'AMAZON' THEN 'AFN' WHEN 'MERCHANT' THEN 'MFN' ELSE o.fulfilled_by END
           AS fulfillment_channel,
         coalesce(o.marketplace_name, CASE o.channel_name WHEN 'NON_AMAZON' THEN 'Non-Amazon' END) AS sales_channel,
         replace(initcap(replace(o.fulfillment_service_level, '_', ' ') COLLATE "C"), ' ', '')
           AS shipment_service_level_category,
         CASE WHEN 'PREORDER' = ANY (o.programs) THEN 'Preorder' ELSE 'StandardOrder' END AS order_type,
         o.order_total_amount, o.order_total_currency AS order_total_currency_code,
         (SELECT sum(i.quantity_fulfilled) FROM amazon_order_item i WHERE i.order_id = o.id) AS number_of_items_shipped,
         (SELECT sum(i.quantity_unfulfilled) FROM amazon_order_item i WHERE i.order_id = o.id)
           AS number_of_items_unshipped,
         o.marketplace_id, o.ship_by_earliest AS earliest_ship_date, o.ship_by_latest AS latest_ship_date,
         o.deliver_by_earliest AS earliest_delivery_date, o.deliver_by_latest AS latest_delivery_date,
         coalesce('AMAZON_BUSINESS' = ANY (o.programs), false) AS is_business_order,
         coalesce('PRIME' = ANY (o.programs), false) AS is_prime,
         coalesce('PREMIUM' = ANY (o.programs), false) AS is_premium_order,
         coalesce('IN_STORE_PICK_UP' = ANY (o.programs), false) AS is_ispu,
         coalesce('INVOICE_BY_AMAZON' = ANY (o.programs), false) AS is_iba,
         replaced.order_id IS NOT NULL AS is_replacement_order, replaced.order_id AS replaced_order_id,
         o.buyer_invoice_preference
    FROM amazon_order o CROSS JOIN LATERAL (
      SELECT jsonb_path_query_first(o.raw_payload,
               '$.associatedOrders[*] ? (@.associationType == "REPLACEMENT_ORIGINAL_ID"
                                         || @.associationType == "EXCHANGE_ORIGINAL_ID").orderId') #>> '{}' AS order_id
    ) AS replaced;

  CREATE OR REPLACE VIEW report.order_items_v0 AS
  SELECT o.amazon_order_id, i.order_item_id, i.asin, i.seller_sku, i.title, i.quantity_ordered,
         i.quantity_fulfilled AS quantity_shipped,
         i.item_price_amount, i.item_price_currency AS item_price_currency_code,
         i.item_tax_amount, CASE WHEN i.item_tax_amount IS NOT NULL THEN i.proceeds_currency END
           AS item_tax_currency_code,
         i.shipping_price_amount, CASE WHEN i.shipping_price_amount IS NOT NULL THEN i.proceeds_currency END
           AS shipping_price_currency_code,
         i.shipping_tax_amount, CASE WHEN i.shipping_tax_amount IS NOT NULL THEN i.proceeds_currency END
           AS shipping_tax_currency_code,
         i.shipping_discount_amount, CASE WHEN i.shipping_discount_amount IS NOT NULL THEN i.proceeds_currency END
           AS shipping_discount_currency_code,
         i.discount_amount AS promotion_discount_amount, CASE WHEN i.discount_amount IS NOT NULL THEN i.proceeds_currency END
           AS promotion_discount_currency_code,
         i.gift_wrap_price_amount, CASE WHEN i.gift_wrap_price_amount IS NOT NULL THEN i.proceeds_currency END
           AS gift_wrap_price_currency_code,
         i.gift_wrap_tax_amount, CASE WHEN i.gift_wrap_tax_amount IS NOT NULL THEN i.proceeds_currency END
           AS gift_wrap_tax_currency_code,
         i.cod_fee_amount, CASE WHEN i.cod_fee_amount IS NOT NULL THEN i.proceeds_currency END
           AS cod_fee_currency_code,
         i.promotion_ids, i.points_granted AS points_granted_points_number,
         i.points_value_amount AS points_granted_points_monetary_value_amount,
         i.points_value_currency AS points_granted_points_monetary_value_currency_code,
         coalesce(jsonb_typeof(i.raw_payload #> '{fulfillment,packing,giftOption}') = 'object', false) AS is_gift,
         i.gift_wrap_level,
         initcap(i.condition_type COLLATE "C") AS condition_id,
         CASE i.condition_subtype WHEN 'OEM' THEN 'OEM'
           ELSE initcap(replace(i.condition_subtype, '_', ' ') COLLATE "C") END AS condition_subtype_id,
         i.condition_note,
         replace(initcap(replace(i.price_designation, '_', ' ') COLLATE "C"), ' ', '') AS price_designation,
         coalesce(i.cancellation_requester = 'BUYER', false) AS is_buyer_requested_cancel,
         i.serial_numbers, coalesce(i.serial_number_requirement = 'REQUIRED', false) AS serial_number_required,
         coalesce('TRANSPARENCY' = ANY (i.programs), false) AS is_transparency,
         i.scheduled_delivery_earliest AS scheduled_delivery_start_date,
         i.scheduled_delivery_latest AS scheduled_delivery_end_date,
         i.ioss_number
    FROM amazon_order_item i LEFT JOIN amazon_order o ON o.id = i.order_id;
END $function$;

DO $$
BEGIN
  PERFORM create_report_views();
EXCEPTION
  WHEN insufficient_privilege OR duplicate_schema OR duplicate_table OR wrong_object_type OR invalid_table_definition THEN
    RAISE WARNING 'The views in schema report were not created: %', SQLERRM;
END $$;
