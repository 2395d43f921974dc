import { createDatabase } from '../lib/databases.js';
import { isUnreadable, readOrder, seedMarketplaces } from '../lib/ordermirror.js';
import { sampleOrders } from '../lib/orders.js';

/** @typedef {import('../../src/database/database.js').Database} Database */

/**
 * A mirror of so many orders. Nothing is open on it.
 * @param {import('../lib/databases.js').Kind} kind
 * @param {number} orders
 */
export async function seededDatabase(kind, orders) {
  const [sample] = await sampleOrders();
  const made = await createDatabase(kind);
  const database = await made.open();
  await seedOrders(database, orders, sample);
  await database.close();
  return made;
}

/**
 * So many orders with two items each, made by the database itself: ten minutes apart, in four statuses, with payloads
 * of the usual size.
 * @param {Database} database
 * @param {number} count
 * @param {unknown} sample the payload of all of them, but for the ids
 */
async function seedOrders(database, count, sample) {
  const order = readOrder(sample);
  if (isUnreadable(order)) throw new Error(`The sample can't be read: ${order.reason}`);
  const { orderItems: _items, ...payload } = order.raw;
  await seedMarketplaces(database);
  await database.query(
    `INSERT INTO amazon_order (amazon_order_id, marketplace_id, purchase_date, last_update_date, order_status, fulfilled_by,
       channel_name, order_total_amount, order_total_currency, raw_payload, content_hash, items_hash)
     SELECT '702-' || lpad(n::text, 7, '0') || '-0000001', 'ATVPDKIKX0DER',
       timestamptz '2025-01-01Z' + n * interval '10 minutes', timestamptz '2025-01-02Z' + n * interval '10 minutes',
       (ARRAY['SHIPPED', 'SHIPPED', 'UNSHIPPED', 'PENDING'])[n % 4 + 1], 'AMAZON', 'AMAZON',
       CASE WHEN n % 4 <> 3 THEN 49.98 END, CASE WHEN n % 4 <> 3 THEN 'USD' END,
       $2::jsonb || jsonb_build_object('orderId', n), md5(n::text), md5(n::text)
     FROM generate_series(0, $1 - 1) AS n`,
    [count, JSON.stringify(payload)],
  );
  await database.query(
    `INSERT INTO amazon_order_item (order_id, order_item_id, amazon_order_id, marketplace_id, seller_sku, asin, title,
       quantity_ordered, item_price_amount, item_price_currency, raw_payload)
     SELECT o.id, lpad(o.id::text, 12, '0') || line, o.amazon_order_id, o.marketplace_id, 'SKU-' || (o.id + line) % 500,
       'B0' || lpad(((o.id + line) % 500)::text, 8, '0'), 'Stoneware mug, 12 oz, colour ' || (o.id + line) % 500, line,
       24.99, 'USD', $1::jsonb || jsonb_build_object('line', line)
     FROM amazon_order AS o, generate_series(1, 2) AS line`,
    [JSON.stringify(order.items[0]?.raw)],
  );
  await database.query('ANALYZE amazon_order, amazon_order_item');
}
