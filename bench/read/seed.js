import { createDatabase } from '../lib/databases.js';
import { isUnreadable, readOrder, seedMarketplaces } from '../lib/ordermirror.js';
import { sampleOrders } from '../lib/orders.js';

/** @typedef {import('../../src/database/database.js').Database} Database */

/** From here on payloads are cut short, or a million orders would take 6 GB. */
const MANY = 500_000;
/** Two years of orders, to the present day of the bench. */
const SPAN = '730 days';
const LAST = '2026-11-01Z';

/**
 * A mirror of so many orders with two items each. Nothing is open on it.
 * @param {import('../lib/databases.js').Kind} kind
 * @param {number} orders
 */
export async function seededDatabase(kind, orders) {
  const made = await createDatabase(kind);
  const database = await made.openPatiently();
  await seedMarketplaces(database);
  const indexes = await dropIndexes(database);
  await seedOrders(database, orders);
  await seedLedger(database);
  for (const { definition } of indexes) await database.query(definition);
  // What autovacuum does where it runs: statistics, and pages marked as visible to all (for scans of an index only).
  for (const table of ['amazon_order', 'amazon_order_item', 'order_items'])
    await database.query(`VACUUM (ANALYZE) ${table}`);
  await database.close();
  return made;
}

/**
 * The indexes that only speed up reading: made afterwards, they take a third of the time.
 * @param {Database} database
 * @returns {Promise<{ name: string, definition: string }[]>}
 */
async function dropIndexes(database) {
  const indexes = await database.query(
    `SELECT c.relname AS name, pg_get_indexdef(c.oid) AS definition
       FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
      WHERE NOT i.indisunique
        AND i.indrelid IN ('amazon_order'::regclass, 'amazon_order_item'::regclass, 'order_items'::regclass)`,
  );
  const found = /** @type {{ name: string, definition: string }[]} */ (indexes);
  for (const { name } of found) await database.query(`DROP INDEX ${name}`);
  return found;
}

/**
 * Made by the database itself, evenly over two years. Most are shipped and most from one marketplace; a status and a
 * marketplace are rare; what is unshipped or pending is recent.
 * @param {Database} database
 * @param {number} count
 */
async function seedOrders(database, count) {
  const [sample] = await sampleOrders();
  const order = readOrder(sample);
  if (isUnreadable(order)) throw new Error(`The sample can't be read: ${order.reason}`);
  const { orderItems: _items, ...whole } = order.raw;
  const cut = count >= MANY;
  const payload = cut ? { salesChannel: whole.salesChannel, createdTime: whole.createdTime } : whole;
  const line = cut ? { orderItemId: '1' } : order.items[0]?.raw;
  await database.query(
    `INSERT INTO amazon_order (amazon_order_id, marketplace_id, purchase_date, last_update_date, order_status, fulfilled_by,
       channel_name, order_total_amount, order_total_currency, raw_payload, content_hash, items_hash)
     SELECT '702-' || lpad(n::text, 7, '0') || '-0000001', marketplace, at, at + interval '1 day' * (1 + luck % 7),
       status, CASE WHEN luck % 5 = 0 THEN 'MERCHANT' ELSE 'AMAZON' END, 'AMAZON',
       CASE WHEN status <> 'PENDING' THEN 49.98 END, CASE WHEN status <> 'PENDING' THEN 'USD' END,
       $2::jsonb || jsonb_build_object('orderId', n), md5(n::text), md5(n::text)
     FROM (
       SELECT n, luck, timestamptz '${LAST}' - interval '${SPAN}' * (1 - n / $1::float8) AS at,
         CASE WHEN luck % 5000 = 1 THEN 'A1AM78C64UM0Y8' WHEN luck % 10 = 2 THEN 'A2EUQ1WTGCTBG2' ELSE 'ATVPDKIKX0DER' END AS marketplace,
         CASE WHEN luck % 10000 = 3 THEN 'UNFULFILLABLE' WHEN n > 0.999 * $1 THEN 'PENDING' WHEN n > 0.995 * $1 THEN 'UNSHIPPED'
           WHEN luck % 25 = 4 THEN 'CANCELLED' ELSE 'SHIPPED' END AS status
       FROM (SELECT n, n * 7919 % 1000003 AS luck FROM generate_series(0, $1::bigint - 1) AS n) AS made
     ) AS made`,
    [count, JSON.stringify(payload)],
  );
  await database.query(
    `INSERT INTO amazon_order_item (order_id, order_item_id, amazon_order_id, marketplace_id, seller_sku, asin, title,
       quantity_ordered, item_price_amount, item_price_currency, raw_payload)
     SELECT o.id, lpad(o.id::text, 12, '0') || line, o.amazon_order_id, o.marketplace_id, 'SKU-' || sku,
       'B0' || lpad(sku::text, 8, '0'), 'Stoneware mug, 12 oz, colour ' || sku, line, 24.99, 'USD',
       $1::jsonb || jsonb_build_object('line', line)
     FROM amazon_order AS o, generate_series(1, 2) AS line, LATERAL (SELECT (o.id * 31 + line) % 5000 AS sku) AS catalogue`,
    [JSON.stringify(line)],
  );
}

/** As src/sync/ledger.ts makes it, in UTC. @param {Database} database */
async function seedLedger(database) {
  await database.query(
    `INSERT INTO order_items (order_id, order_date, marketplace_id, sku, asin, units, revenue, currency, source, source_order_item_id)
     SELECT o.amazon_order_id, (o.purchase_date AT TIME ZONE 'UTC')::date, o.marketplace_id, i.seller_sku, i.asin,
       i.quantity_ordered, i.item_price_amount, i.item_price_currency, 'spapi', i.order_item_id
     FROM amazon_order AS o JOIN amazon_order_item AS i ON i.order_id = o.id
     WHERE o.order_status <> 'CANCELLED'`,
  );
}
