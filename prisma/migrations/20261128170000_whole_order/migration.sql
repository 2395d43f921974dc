-- Every scalar member of Amazon's order as a column. Lists of objects are read from the payload, but for packages:
-- Amazon may refuse that data set later, and what is known must not be lost then.

ALTER TABLE amazon_order
  ADD COLUMN source                    text NOT NULL DEFAULT 'API',
  -- The version of the mapping that wrote the row's columns; mirror/write/remap-orders.ts rewrites older ones.
  ADD COLUMN mapping_version           smallint NOT NULL DEFAULT 3,
  ADD COLUMN seller_order_id           text,
  ADD COLUMN marketplace_name          text,
  ADD COLUMN programs                  text[],
  ADD COLUMN fulfillment_service_level text,
  ADD COLUMN ship_by_earliest          timestamptz(3),
  ADD COLUMN ship_by_latest            timestamptz(3),
  ADD COLUMN deliver_by_earliest       timestamptz(3),
  ADD COLUMN deliver_by_latest         timestamptz(3),
  ADD COLUMN label_printing_earliest   timestamptz(3),
  ADD COLUMN label_printing_latest     timestamptz(3),
  ADD COLUMN buyer_invoice_preference  text,
  ADD COLUMN invoice_status            text,
  ADD COLUMN packages                  jsonb;

-- Finds and counts the orders that are still to be mapped again; empty afterwards.
CREATE INDEX amazon_order_remap_idx ON amazon_order (id) WHERE mapping_version < 4;

CREATE INDEX amazon_order_programs_idx ON amazon_order USING gin (programs);

ALTER TABLE amazon_order_item
  ADD COLUMN programs                        text[],
  ADD COLUMN quantity_fulfilled              integer,
  ADD COLUMN quantity_unfulfilled            integer,
  ADD COLUMN unit_price_amount               numeric,
  ADD COLUMN unit_price_currency             text,
  ADD COLUMN price_designation               text,
  -- The currency of all amounts of the item's proceeds that follow.
  ADD COLUMN proceeds_currency               text,
  ADD COLUMN proceeds_total_amount           numeric,
  ADD COLUMN tax_amount                      numeric,
  ADD COLUMN item_tax_amount                 numeric,
  ADD COLUMN shipping_price_amount           numeric,
  ADD COLUMN shipping_tax_amount             numeric,
  ADD COLUMN gift_wrap_price_amount          numeric,
  ADD COLUMN gift_wrap_tax_amount            numeric,
  -- Discounts are positive, whatever sign Amazon sends.
  ADD COLUMN discount_amount                 numeric,
  ADD COLUMN item_discount_amount            numeric,
  ADD COLUMN shipping_discount_amount        numeric,
  ADD COLUMN cod_fee_amount                  numeric,
  ADD COLUMN promotion_ids                   text[],
  ADD COLUMN points_granted                  integer,
  ADD COLUMN points_value_amount             numeric,
  ADD COLUMN points_value_currency           text,
  ADD COLUMN condition_type                  text,
  ADD COLUMN condition_subtype               text,
  ADD COLUMN condition_note                  text,
  ADD COLUMN serial_numbers                  text[],
  ADD COLUMN serial_number_requirement       text,
  ADD COLUMN measurement_unit                text,
  ADD COLUMN measurement_value               numeric,
  ADD COLUMN cancellation_requester          text,
  ADD COLUMN cancelled_by                    text,
  ADD COLUMN substitution_type               text,
  ADD COLUMN gift_wrap_level                 text,
  ADD COLUMN scheduled_delivery_earliest     timestamptz(3),
  ADD COLUMN scheduled_delivery_latest       timestamptz(3),
  ADD COLUMN pallet_delivery                 text,
  ADD COLUMN cash_on_delivery                text,
  ADD COLUMN signature_confirmation          text,
  ADD COLUMN recipient_identity_verification text,
  ADD COLUMN recipient_age_verification      text,
  ADD COLUMN ioss_number                     text,
  ADD COLUMN tax_reporting_schemes           text[];

-- Beside revenue, in the same currency: what else the line brought. Null while Amazon has not reported it.
ALTER TABLE order_items
  ADD COLUMN shipping     numeric,
  ADD COLUMN gift_wrap    numeric,
  ADD COLUMN tax          numeric,
  -- Positive: what was taken off.
  ADD COLUMN discount     numeric,
  ADD COLUMN fulfilled_by text;
