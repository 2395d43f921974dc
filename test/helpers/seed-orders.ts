import { seedMarketplaces } from '../../src/connection/marketplaces.js';
import type { Database } from '../../src/database/database.js';

export const US = 'ATVPDKIKX0DER';
export const DE = 'A1PA6795UKMFR9';
export const JP = 'A1VC38T7YXB528';

/**
 * Inserts orders generated in SQL: ten minutes apart, five to a date (so that the id decides), two lines each,
 * in three marketplaces and four statuses, one of which is rare.
 */
export async function seedOrders(database: Database, count: number): Promise<void> {
  await seedMarketplaces(database);
  await database.query(
    `INSERT INTO amazon_order (amazon_order_id, marketplace_id, purchase_date, last_update_date, order_status, fulfilled_by,
       channel_name, order_total_amount, order_total_currency, raw_payload, content_hash)
     SELECT '7' || lpad((n % 89)::text, 2, '0') || '-' || lpad(n::text, 7, '0') || '-0000001',
       CASE n % 10 WHEN 0 THEN '${JP}' WHEN 1 THEN '${DE}' ELSE '${US}' END,
       timestamptz '2026-01-01Z' + (n / 5) * interval '10 minutes' + (n / 5 % 7) * interval '1 millisecond',
       timestamptz '2026-03-01Z' + ((n * 7919) % $1) / 3 * interval '6 minutes',
       CASE WHEN n % 997 = 5 THEN 'UNFULFILLABLE' WHEN n % 3 = 0 THEN 'PENDING' WHEN n % 3 = 1 THEN 'UNSHIPPED' ELSE 'SHIPPED' END,
       'AMAZON', 'AMAZON', CASE WHEN n % 3 = 0 THEN NULL ELSE 99.9 END, CASE WHEN n % 3 = 0 THEN NULL ELSE 'USD' END,
       jsonb_build_object('n', n), 'hash'
     FROM generate_series(0, $1 - 1) AS n`,
    [count],
  );
  await database.query(
    `INSERT INTO amazon_order_item (order_id, order_item_id, amazon_order_id, marketplace_id, seller_sku, asin, title,
       quantity_ordered, item_price_amount, item_price_currency, raw_payload)
     SELECT o.id, (2 - line)::text || lpad(o.id::text, 12, '0'), o.amazon_order_id, o.marketplace_id,
       'Sku_' || (o.id % 500) || '%' || line, 'B0' || lpad((o.id % 700)::text, 8, '0'), 'A thing', line,
       10.5, 'USD', jsonb_build_object('line', line)
     FROM amazon_order AS o, generate_series(1, 2) AS line`,
  );
  await database.query('ANALYZE amazon_order, amazon_order_item');
}
