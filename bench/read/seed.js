import { createDatabase } from '../lib/databases.js';
import { MAPPING_VERSION, openDatabase, refreshSalesDays, startSimulator } from '../lib/ordermirror.js';

/** Number of orders from which payloads are shortened: a million full ones take 6 GB. */
const MANY_ORDERS = 500_000;
/** Of the connection that seeds: a million orders take minutes. */
const TIMEOUTS = '?query_timeout=3600000&statement_timeout=3600000';
const INDEXES_SQL = `SELECT c.relname AS name, pg_get_indexdef(c.oid) AS definition
  FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
 WHERE NOT i.indisunique AND i.indrelid IN ('amazon_order'::regclass, 'amazon_order_item'::regclass, 'order_items'::regclass)`;

/** SQL of the id of order n: digits without a pattern, as Amazon's have, which repeat every ten million with a new beginning. */
const ORDER_ID_SQL = `(702 + n / 10000000) || '-' || lpad((n * 6180339 % 10000000)::text, 7, '0') || '-' || lpad((n * 3819661 % 10000000)::text, 7, '0')`;

/** Returns the id of order n, from 0. */
export function orderIdOf(/** @type {number} */ n) {
  const digits = (/** @type {bigint} */ factor) => String((BigInt(n) * factor) % 10_000_000n).padStart(7, '0');
  return `${702 + Math.floor(n / 10_000_000)}-${digits(6_180_339n)}-${digits(3_819_661n)}`;
}

/**
 * Returns a mirror of this number of orders with two items each, generated in SQL, spread evenly over the two years before
 * 2026-11-01. Most are shipped and from one marketplace; a status and a marketplace are rare; pending ones are recent.
 */
export async function seededDatabase(kind, /** @type {number} */ count, { shortPayloads = count >= MANY_ORDERS } = {}) {
  const created = await createDatabase(kind);
  const { database: config } = created.config;
  const database = await openDatabase(config.kind === 'postgres' ? { ...config, url: config.url + TIMEOUTS } : config);
  // Indexes that only speed up reading are made afterwards: that takes a third of the time.
  const indexes = /** @type {{ name: string, definition: string }[]} */ (await database.query(INDEXES_SQL));
  for (const { name } of indexes) await database.query(`DROP INDEX ${name}`);
  await seedOrders(database, count, shortPayloads);
  for (const { definition } of indexes) await database.query(definition);
  await refreshSalesDays(database);
  // What autovacuum does where it runs: statistics, and pages marked as visible to all.
  await database.query(
    'VACUUM (ANALYZE) amazon_order, amazon_order_item, order_items, mirrored_product, sales_day, sales_product_day, sales_product_month, order_count',
  );
  await database.close();
  return created;
}

async function seedOrders(database, count, shortPayloads) {
  const simulator = await startSimulator({ orders: 1, settled: true });
  const [{ orderItems, ...order }] = /** @type {any[]} */ (simulator.book.orders());
  await simulator.close();
  const payloads = shortPayloads
    ? [{ salesChannel: order.salesChannel }, { orderItemId: '1' }]
    : [order, orderItems[0]];
  await database.query(
    `INSERT INTO amazon_order (amazon_order_id, marketplace_id, purchase_date, last_update_date, order_status, fulfilled_by,
       channel_name, order_total_amount, order_total_currency, raw_payload, content_hash, items_hash, mapping_version)
     SELECT ${ORDER_ID_SQL}, marketplace, at, at + interval '1 day' * (1 + luck % 7),
       status, CASE WHEN luck % 5 = 0 THEN 'MERCHANT' ELSE 'AMAZON' END, 'AMAZON',
       CASE WHEN status <> 'PENDING' THEN 49.98 END, CASE WHEN status <> 'PENDING' THEN 'USD' END,
       $2::jsonb || jsonb_build_object('orderId', n), md5(n::text), md5(n::text), ${MAPPING_VERSION}
     FROM (
       SELECT n, luck, timestamptz '2026-11-01Z' - interval '730 days' * (1 - n / $1::float8) AS at,
         CASE WHEN luck % 5000 = 1 THEN 'A1AM78C64UM0Y8' WHEN luck % 10 = 2 THEN 'A2EUQ1WTGCTBG2' ELSE 'ATVPDKIKX0DER' END AS marketplace,
         CASE WHEN luck % 10000 = 3 THEN 'UNFULFILLABLE' WHEN n > 0.999 * $1 THEN 'PENDING' WHEN n > 0.995 * $1 THEN 'UNSHIPPED'
           WHEN luck % 25 = 4 THEN 'CANCELLED' ELSE 'SHIPPED' END AS status
       FROM (SELECT n, n * 7919 % 1000003 AS luck FROM generate_series(0, $1::bigint - 1) AS n) AS made
     ) AS made`,
    [count, JSON.stringify(payloads[0])],
  );
  await database.query(
    `INSERT INTO amazon_order_item (order_id, order_item_id, amazon_order_id, marketplace_id, seller_sku, asin, title,
       quantity_ordered, item_price_amount, item_price_currency, raw_payload)
     SELECT o.id, lpad(o.id::text, 12, '0') || line, o.amazon_order_id, o.marketplace_id, 'SKU-' || sku,
       'B0' || lpad(sku::text, 8, '0'), 'Stoneware mug, 12 oz, colour ' || sku, line, 24.99, 'USD',
       $1::jsonb || jsonb_build_object('line', line)
     FROM amazon_order AS o, generate_series(1, 2) AS line, LATERAL (SELECT (o.id * 31 + line) % 5000 AS sku) AS catalogue`,
    [JSON.stringify(payloads[1])],
  );
  // As a run derives the ledger, in UTC.
  await database.query(
    `INSERT INTO order_items (order_id, order_date, marketplace_id, sku, asin, units, revenue, currency, source, source_order_item_id)
     SELECT o.amazon_order_id, (o.purchase_date AT TIME ZONE 'UTC')::date, o.marketplace_id, i.seller_sku, i.asin,
       i.quantity_ordered, i.item_price_amount, i.item_price_currency, 'spapi', i.order_item_id
     FROM amazon_order AS o JOIN amazon_order_item AS i ON i.order_id = o.id
     WHERE o.order_status <> 'CANCELLED'`,
  );
}
