-- The view report.order_changes, beside those of create_report_views() as it was until now.
ALTER FUNCTION create_report_views() RENAME TO create_report_views_of_orders;

CREATE FUNCTION create_report_views() RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $function$
BEGIN
  PERFORM create_report_views_of_orders();
  CREATE OR REPLACE VIEW report.order_changes AS
  SELECT id, at, kinds::text[] AS kinds, source::text AS source, amazon_order_id, marketplace_id, from_status, to_status,
         changed_fields
    FROM order_change;
END $function$;

DO $$
BEGIN
  PERFORM create_report_views();
EXCEPTION
  WHEN insufficient_privilege OR duplicate_schema OR duplicate_table OR wrong_object_type OR invalid_table_definition THEN
    RAISE WARNING 'The views in schema report were not created: %', SQLERRM;
END $$;
