-- The whole mirror. The same statements run on PGlite and on PostgreSQL 15 and later.
-- Constraint and index names are the ones that Prisma gives, so that its own CLI finds no drift.

CREATE TYPE user_role AS ENUM ('OWNER', 'VIEWER');
CREATE TYPE connection_status AS ENUM ('PENDING', 'ACTIVE', 'ERROR', 'DISCONNECTED');
CREATE TYPE sp_api_region AS ENUM ('NA', 'EU', 'FE');
CREATE TYPE sync_run_status AS ENUM ('RUNNING', 'OK', 'ERROR', 'CANCELLED');
CREATE TYPE sync_trigger AS ENUM ('MANUAL', 'SCHEDULE');

-- Accounts ---------------------------------------------------------------------------------------

CREATE TABLE users (
  id            bigserial PRIMARY KEY,
  email         text NOT NULL,
  password_hash text NOT NULL,
  role          user_role NOT NULL,
  created_at    timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX users_email_key ON users (email);

CREATE TABLE login_attempt (
  key               text PRIMARY KEY,
  failures          integer NOT NULL,
  window_started_at timestamptz(3) NOT NULL
);

CREATE TABLE audit_log (
  id      bigserial PRIMARY KEY,
  at      timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  user_id bigint REFERENCES users (id) ON DELETE SET NULL ON UPDATE CASCADE,
  action  text NOT NULL,
  detail  jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_at_idx ON audit_log (at);

-- The connection ---------------------------------------------------------------------------------

CREATE TABLE amazon_connection (
  id                            bigserial PRIMARY KEY,
  singleton                     boolean NOT NULL DEFAULT true CHECK (singleton),
  status                        connection_status NOT NULL DEFAULT 'PENDING',
  region                        sp_api_region NOT NULL,
  seller_identifier             text,
  marketplace_ids               text[],
  last_check_at                 timestamptz(3),
  last_check_ok                 boolean,
  last_check_error              text,
  last_check_error_code         text,
  last_orders_sync_at           timestamptz(3),
  last_orders_sync_status       sync_run_status,
  last_orders_sync_error        text,
  last_orders_sync_orders_count integer,
  last_orders_sync_items_count  integer,
  created_at                    timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at                    timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX amazon_connection_singleton_key ON amazon_connection (singleton);

CREATE TABLE amazon_credential (
  id                       bigserial PRIMARY KEY,
  connection_id            bigint NOT NULL REFERENCES amazon_connection (id) ON DELETE CASCADE ON UPDATE CASCADE,
  refresh_token_sealed     text NOT NULL,
  lwa_client_id            text,
  lwa_client_secret_sealed text,
  note                     text,
  created_at               timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at               timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX amazon_credential_connection_id_key ON amazon_credential (connection_id);

CREATE TABLE marketplaces (
  marketplace_id text PRIMARY KEY,
  country_code   text NOT NULL,
  name           text NOT NULL,
  currency       text,
  time_zone      text NOT NULL DEFAULT 'UTC',
  region         sp_api_region
);

-- The mirror -------------------------------------------------------------------------------------

CREATE TABLE amazon_order (
  id                   bigserial PRIMARY KEY,
  amazon_order_id      text NOT NULL,
  marketplace_id       text NOT NULL,
  purchase_date        timestamptz(3) NOT NULL,
  last_update_date     timestamptz(3) NOT NULL,
  order_status         text NOT NULL,
  fulfilled_by         text,
  channel_name         text NOT NULL,
  order_total_amount   numeric,
  order_total_currency text,
  raw_payload          jsonb NOT NULL,
  content_hash         text NOT NULL,
  items_hash           text,
  mirrored_at          timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT amazon_order_total_has_currency CHECK ((order_total_amount IS NULL) = (order_total_currency IS NULL))
);
CREATE UNIQUE INDEX amazon_order_amazon_order_id_marketplace_id_key ON amazon_order (amazon_order_id, marketplace_id);
CREATE INDEX amazon_order_purchase_date_id_idx ON amazon_order (purchase_date, id);
CREATE INDEX amazon_order_last_update_date_id_idx ON amazon_order (last_update_date, id);
CREATE INDEX amazon_order_marketplace_id_purchase_date_id_idx ON amazon_order (marketplace_id, purchase_date, id);
CREATE INDEX amazon_order_marketplace_id_last_update_date_id_idx ON amazon_order (marketplace_id, last_update_date, id);
CREATE INDEX amazon_order_order_status_purchase_date_id_idx ON amazon_order (order_status, purchase_date, id);
CREATE INDEX amazon_order_order_status_last_update_date_id_idx ON amazon_order (order_status, last_update_date, id);
-- Search by the beginning of an order id, a SKU or an ASIN, whatever the case.
CREATE INDEX amazon_order_search_idx ON amazon_order (lower(amazon_order_id) text_pattern_ops);

CREATE TABLE amazon_order_item (
  id                  bigserial PRIMARY KEY,
  order_id            bigint NOT NULL REFERENCES amazon_order (id) ON DELETE CASCADE ON UPDATE CASCADE,
  order_item_id       text NOT NULL,
  amazon_order_id     text NOT NULL,
  marketplace_id      text NOT NULL,
  seller_sku          text,
  asin                text,
  title               text,
  quantity_ordered    integer NOT NULL,
  item_price_amount   numeric,
  item_price_currency text,
  raw_payload         jsonb NOT NULL,
  CONSTRAINT amazon_order_item_price_has_currency CHECK ((item_price_amount IS NULL) = (item_price_currency IS NULL))
);
CREATE UNIQUE INDEX amazon_order_item_order_item_id_amazon_order_id_marketplace_key
  ON amazon_order_item (order_item_id, amazon_order_id, marketplace_id);
CREATE INDEX amazon_order_item_order_id_id_idx ON amazon_order_item (order_id, id);
CREATE INDEX amazon_order_item_search_sku_idx ON amazon_order_item (lower(seller_sku) text_pattern_ops, order_id);
CREATE INDEX amazon_order_item_search_asin_idx ON amazon_order_item (lower(asin) text_pattern_ops, order_id);

CREATE TABLE order_items (
  id                   bigserial PRIMARY KEY,
  order_id             text NOT NULL,
  order_date           date NOT NULL,
  marketplace_id       text NOT NULL REFERENCES marketplaces (marketplace_id) ON DELETE RESTRICT ON UPDATE CASCADE,
  sku                  text,
  asin                 text,
  units                integer NOT NULL,
  revenue              numeric,
  currency             text,
  source               text NOT NULL,
  source_order_item_id text
);
CREATE UNIQUE INDEX order_items_source_source_order_item_id_key
  ON order_items (source, source_order_item_id) WHERE source_order_item_id IS NOT NULL;
CREATE INDEX order_items_order_date_idx ON order_items (order_date);
CREATE INDEX order_items_marketplace_id_order_date_idx ON order_items (marketplace_id, order_date);
CREATE INDEX order_items_order_id_marketplace_id_idx ON order_items (order_id, marketplace_id);

-- The runs ---------------------------------------------------------------------------------------

CREATE TABLE sync_run (
  id               bigserial PRIMARY KEY,
  status           sync_run_status NOT NULL DEFAULT 'RUNNING',
  trigger          sync_trigger NOT NULL,
  dry_run          boolean NOT NULL,
  include_items    boolean NOT NULL,
  started_at       timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  finished_at      timestamptz(3),
  updated_after    timestamptz(3) NOT NULL,
  updated_before   timestamptz(3) NOT NULL,
  pages            integer NOT NULL DEFAULT 0,
  requests         integer NOT NULL DEFAULT 0,
  orders_seen      integer NOT NULL DEFAULT 0,
  orders_inserted  integer NOT NULL DEFAULT 0,
  orders_updated   integer NOT NULL DEFAULT 0,
  orders_unchanged integer NOT NULL DEFAULT 0,
  orders_rejected  integer NOT NULL DEFAULT 0,
  items_seen       integer NOT NULL DEFAULT 0,
  progress         double precision,
  waiting_until    timestamptz(3),
  error_code       text,
  error            text,
  legs             jsonb NOT NULL,
  leg              integer NOT NULL DEFAULT 0,
  page_query       text,
  page_token       text,
  page_token_at    timestamptz(3),
  claim            uuid,
  claimed_by       text,
  heartbeat_at     timestamptz(3),
  attempts         integer NOT NULL DEFAULT 0,
  cancel_requested boolean NOT NULL DEFAULT false
);
CREATE INDEX sync_run_started_at_idx ON sync_run (started_at);
-- One run at a time, over all processes: there is one connection.
CREATE UNIQUE INDEX sync_run_one_running_key ON sync_run (status) WHERE status = 'RUNNING';

CREATE TABLE sync_cursor (
  marketplace_id     text PRIMARY KEY,
  proven_until       timestamptz(3) NOT NULL,
  items_proven_until timestamptz(3)
);

CREATE TABLE rejected_order (
  id              bigserial PRIMARY KEY,
  key             text NOT NULL,
  amazon_order_id text,
  reason          text NOT NULL,
  payload         jsonb NOT NULL,
  run_id          bigint REFERENCES sync_run (id) ON DELETE SET NULL ON UPDATE CASCADE,
  rejected_at     timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX rejected_order_key_key ON rejected_order (key);

CREATE TABLE usage_plan (
  operation  text PRIMARY KEY,
  tokens     double precision NOT NULL,
  rate       double precision NOT NULL,
  updated_at timestamptz(3) NOT NULL
);
