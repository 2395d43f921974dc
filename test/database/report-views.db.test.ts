import { describe, expect } from 'vitest';
import { refreshSalesDays } from '../../src/mirror/write/sales-sums.js';
import { test as base } from '../helpers/fixtures.js';
import { planNodes } from '../helpers/query-plan.js';
import { DE, seedOrders } from '../helpers/seed-orders.js';
import { FULL_ORDER, FULL_ORDER_TIMES, seedReport } from '../helpers/seed-report.js';

/** Five orders to look at, beside many others without lines in the ledger. */
const it = base.extend('report', { scope: 'file' }, async ({ database }) => {
  await seedOrders(database, 10_000);
  await seedReport(database);
  return database;
});

describe('the views with the names of Orders v0', () => {
  const { earliest, latest } = FULL_ORDER_TIMES;

  it('have an order in the words of v0', async ({ report }) => {
    const [order] = await report.query(`SELECT * FROM report.orders_v0 WHERE amazon_order_id = $1`, [FULL_ORDER]);
    expect(order).toEqual({
      amazon_order_id: FULL_ORDER,
      seller_order_id: 'my-1',
      purchase_date: expect.any(Date),
      last_update_date: expect.any(Date),
      order_status: 'PartiallyShipped',
      fulfillment_channel: 'MFN',
      sales_channel: 'Amazon.de',
      shipment_service_level_category: 'SecondDay',
      order_type: 'StandardOrder',
      order_total_amount: '33.80',
      order_total_currency_code: 'EUR',
      number_of_items_shipped: 2n,
      number_of_items_unshipped: 1n,
      marketplace_id: DE,
      earliest_ship_date: earliest,
      latest_ship_date: latest,
      earliest_delivery_date: earliest,
      latest_delivery_date: latest,
      is_business_order: true,
      is_prime: true,
      is_premium_order: false,
      is_ispu: false,
      is_iba: false,
      is_replacement_order: true,
      replaced_order_id: '028-0000009-0000009',
      buyer_invoice_preference: null,
    });
  });

  it('have an item in the words of v0', async ({ report }) => {
    const [item] = await report.query(`SELECT * FROM report.order_items_v0 WHERE order_item_id = '1-1'`);
    expect(item).toEqual({
      amazon_order_id: FULL_ORDER,
      order_item_id: '1-1',
      asin: 'B00000MUG1',
      seller_sku: 'MUG-1',
      title: 'A mug',
      quantity_ordered: 2,
      quantity_shipped: 1,
      item_price_amount: '20.00',
      item_price_currency_code: 'EUR',
      item_tax_amount: '3.80',
      item_tax_currency_code: 'EUR',
      shipping_price_amount: '3.00',
      shipping_price_currency_code: 'EUR',
      shipping_tax_amount: '0.50',
      shipping_tax_currency_code: 'EUR',
      shipping_discount_amount: '1.00',
      shipping_discount_currency_code: 'EUR',
      promotion_discount_amount: '2.50',
      promotion_discount_currency_code: 'EUR',
      gift_wrap_price_amount: '2.00',
      gift_wrap_price_currency_code: 'EUR',
      gift_wrap_tax_amount: '0.10',
      gift_wrap_tax_currency_code: 'EUR',
      cod_fee_amount: null,
      cod_fee_currency_code: null,
      promotion_ids: ['SUMMER'],
      points_granted_points_number: null,
      points_granted_points_monetary_value_amount: null,
      points_granted_points_monetary_value_currency_code: null,
      is_gift: true,
      gift_wrap_level: 'PREMIUM',
      condition_id: 'Used',
      condition_subtype_id: 'Very Good',
      condition_note: 'as new',
      price_designation: 'BusinessPrice',
      is_buyer_requested_cancel: true,
      serial_numbers: ['S1'],
      serial_number_required: true,
      is_transparency: true,
      scheduled_delivery_start_date: earliest,
      scheduled_delivery_end_date: latest,
      ioss_number: null,
    });
  });

  it('have the words of v0 where they are others than those of today', async ({ report }) => {
    const orders = await report.query(
      `SELECT order_status, fulfillment_channel, sales_channel, order_type, is_prime, is_replacement_order
         FROM report.orders_v0 WHERE order_status IN ('Canceled', 'Unfulfillable') AND amazon_order_id LIKE '028-%' ORDER BY 1`,
    );
    const flags = { is_prime: false, is_replacement_order: false };
    expect(orders).toEqual([
      {
        ...flags,
        order_status: 'Canceled',
        fulfillment_channel: 'MFN',
        sales_channel: 'Amazon.de',
        order_type: 'Preorder',
      },
      {
        ...flags,
        order_status: 'Unfulfillable',
        fulfillment_channel: 'AFN',
        sales_channel: 'Non-Amazon',
        order_type: 'StandardOrder',
      },
    ]);
  });
});

describe('report.sales_by_day', () => {
  it('is the ledger by day, before and after its days are added up', async ({ report }) => {
    const read = () => report.query('SELECT * FROM report.sales_by_day ORDER BY marketplace_id, currency, date');
    const before = await read();
    expect(before).toMatchObject([
      { marketplace_id: DE, currency: 'EUR', orders: 2n, units: 6n, revenue: '60.00' },
      { currency: 'USD', orders: 1n, units: 1n, revenue: '0' },
    ]);
    await refreshSalesDays(report);
    expect(await read()).toEqual(before);
    await report.query(
      `INSERT INTO order_items (order_id, order_date, marketplace_id, units, revenue, source)
       SELECT 'mine', date, marketplace_id, 1, 5, 'shop' FROM report.sales_by_day WHERE currency = 'EUR'`,
    );
    expect(await read()).toMatchObject([{ orders: 3n, units: 7n, revenue: '65.00' }, {}]);
    await report.query(`DELETE FROM order_items WHERE source = 'shop'`);
    await refreshSalesDays(report);
    expect(await read()).toEqual(before);
  });
});

describe('the views on many orders', () => {
  const views = ['orders', 'order_items', 'orders_v0', 'order_items_v0'];
  const dated = ['orders', 'order_items', 'orders_v0'];

  it.for([
    ...views.map((view) => [view, `amazon_order_id = '701-0000001-0000001'`] as const),
    ...dated.map((view) => [view, `purchase_date BETWEEN '2026-01-14T20:00Z' AND '2026-01-15Z'`] as const),
    ['orders', `order_status = 'UNFULFILLABLE' AND purchase_date BETWEEN '2026-01-10Z' AND '2026-01-15Z'`] as const,
    ['order_items', `lower(seller_sku) = 'sku_7%1'`] as const,
  ])('of report.%s read those with %s by indexes', async ([view, condition], { report }) => {
    const nodes = await planNodes(report, { text: `SELECT * FROM report.${view} WHERE ${condition}` });
    const scanned = nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']);
    expect(scanned.filter((name) => name !== 'marketplaces')).toEqual([]);
    expect(nodes.some((node) => node['Index Name'] !== undefined)).toBe(true);
  });

  it('read no orders for columns of items alone', async ({ report }) => {
    const text = 'SELECT seller_sku, sum(quantity_ordered) FROM report.order_items GROUP BY seller_sku';
    const tables = (await planNodes(report, { text })).map((node) => node['Relation Name']);
    expect(tables.filter((name) => name !== undefined)).toEqual(['amazon_order_item']);
  });

  it('read the latest orders without sorting all', async ({ report }) => {
    const text = 'SELECT * FROM report.orders_v0 ORDER BY purchase_date DESC LIMIT 20';
    const types = (await planNodes(report, { text })).map((node) => node['Node Type']);
    expect(types).toContain('Index Scan');
    expect(types).not.toContain('Sort');
  });
});
