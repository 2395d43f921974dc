import { describe, expect } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { findOrders, findOrdersStatement, type OrdersRequest } from '../../src/mirror/read/find-orders.js';
import { NO_SHIP_BY, type OrderPosition } from '../../src/mirror/read/order-cursor.js';
import type { OrderFilter, ToShip } from '../../src/mirror/read/order-filter.js';
import { countByStatus, readOrderTotals } from '../../src/mirror/read/order-totals.js';
import { readSales } from '../../src/mirror/read/sales.js';
import { countOrders } from '../helpers/count-orders.js';
import { it } from '../helpers/fixtures.js';
import { planNodes, rowsRead } from '../helpers/query-plan.js';
import { DE, JP, seedOrders, US } from '../helpers/seed-orders.js';

const COUNT = 3_000;
let database: Database;
it.beforeAll(async ({ database: opened }) => {
  database = opened;
  await seedOrders(database, COUNT);
  await database.query(
    `UPDATE amazon_order SET fulfilled_by = 'MERCHANT', ship_by_latest = now() + (id % 200 - 100) * interval '1 hour'
      WHERE id % 4 < 3`,
  );
  await database.query(`UPDATE amazon_order SET ship_by_latest = NULL WHERE id % 40 = 1`);
  await database.query(`UPDATE amazon_order SET order_status = 'CANCELLED' WHERE id % 17 = 3`);
  await database.query(
    `UPDATE amazon_order_item SET item_price_amount = NULL, item_price_currency = NULL WHERE order_id % 11 = 4 AND quantity_ordered = 1`,
  );
  await database.query(
    `UPDATE amazon_order SET order_total_currency = 'EUR' WHERE marketplace_id = '${DE}' AND order_total_amount IS NOT NULL`,
  );
  await database.query(LEDGER);
  await database.query('ANALYZE');
});

/** Fills the ledger as src/mirror/write/ledger.ts does. */
const LEDGER = `
  INSERT INTO order_items (order_id, order_date, marketplace_id, sku, units, revenue, currency, source, source_order_item_id)
  SELECT o.amazon_order_id, (o.purchase_date AT TIME ZONE m.time_zone)::date, o.marketplace_id, i.seller_sku, i.quantity_ordered,
         i.item_price_amount, CASE o.marketplace_id WHEN '${DE}' THEN 'EUR' ELSE 'USD' END, 'spapi', i.order_item_id
    FROM amazon_order o JOIN amazon_order_item i ON i.order_id = o.id JOIN marketplaces m ON m.marketplace_id = o.marketplace_id
   WHERE o.order_status <> 'CANCELLED'`;

const request: OrdersRequest = {
  filter: {},
  sort: { field: 'SHIP_BY', direction: 'ASC' },
  limit: 50,
  fromEnd: false,
  after: null,
  before: null,
  selected: { order: new Set(['shipByLatest', 'orderStatus']), items: null },
  withCount: false,
};

async function idsWhere(condition: string, order = 'id'): Promise<bigint[]> {
  const rows = await database.query<{ id: bigint }>(
    `SELECT o.id FROM amazon_order o JOIN marketplaces m USING (marketplace_id) WHERE ${condition} ORDER BY ${order}`,
  );
  return rows.map(({ id }) => id);
}

const WAITING = `order_status IN ('UNSHIPPED', 'PARTIALLY_SHIPPED') AND fulfilled_by = 'MERCHANT'`;

describe('orders to ship', () => {
  it.each<[ToShip, string]>([
    ['ALL', 'true'],
    ['OVERDUE', 'ship_by_latest < now()'],
    ['TODAY', '(ship_by_latest AT TIME ZONE time_zone)::date <= (now() AT TIME ZONE time_zone)::date'],
  ])('%s: those of the seller that wait, by their time to ship', async (toShip, condition) => {
    const order = `ship_by_latest NULLS LAST, id`;
    const expected = await idsWhere(`${WAITING} AND ${condition}`, order);
    expect(expected.length).toBeGreaterThan(100);
    const { rows } = await findOrders(database, { ...request, filter: { toShip }, limit: COUNT });
    expect(rows.map(({ id }) => id)).toEqual(expected);
    expect(await countOrders(database, { toShip })).toBe(expected.length);
  });

  it('are read page by page, each once, also those without a time', async () => {
    const expected = await idsWhere(WAITING, 'ship_by_latest NULLS LAST, id');
    for (const [filter, fromEnd] of [
      [{ toShip: 'ALL' }, false],
      [{ toShip: 'ALL', statuses: ['UNSHIPPED', 'PARTIALLY_SHIPPED'] }, true],
    ] as const) {
      const read: bigint[] = [];
      let at: OrderPosition | null = null;
      let more = true;
      while (more) {
        const bound: Partial<OrdersRequest> = fromEnd ? { before: at } : { after: at };
        const page = await findOrders(database, { ...request, filter, fromEnd, limit: 90, ...bound });
        const ids = page.rows.map(({ id }) => id);
        if (fromEnd) read.unshift(...ids);
        else read.push(...ids);
        const last = fromEnd ? page.rows[0] : page.rows.at(-1);
        at = last ? { id: last.id, at: last.shipByLatest ?? NO_SHIP_BY } : null;
        more = fromEnd ? page.hasPrevious : page.hasNext;
      }
      expect(read).toEqual(expected);
    }
  });

  it('come from their index, no more than a page', async () => {
    const statement = findOrdersStatement({ ...request, filter: { toShip: 'ALL' } });
    const nodes = await planNodes(database, statement, { analyze: true });
    expect(nodes.map((node) => node['Index Name'])).toContain('amazon_order_to_ship_idx');
    expect(Math.max(...nodes.map(rowsRead))).toBeLessThanOrEqual(request.limit + 1);
  });
});

describe('days of purchase', () => {
  it.each([
    ['2026-01-03', '2026-01-03'],
    ['2026-01-02', '2026-01-04'],
    ['2026-01-04', null],
    [null, '2026-01-02'],
  ])('%s to %s are those of each marketplace', async (from, to) => {
    const day = '(purchase_date AT TIME ZONE time_zone)::date';
    const expected = await idsWhere(
      `${from ? `${day} >= '${from}'` : 'true'} AND ${to ? `${day} <= '${to}'` : 'true'}`,
    );
    expect(expected.length).toBeGreaterThan(100);
    const filter = { purchasedFrom: from, purchasedTo: to };
    const sort = { field: 'PURCHASE_DATE', direction: 'ASC' } as const;
    const { rows } = await findOrders(database, { ...request, sort, filter, limit: COUNT });
    expect(rows.map(({ id }) => id).sort((a, b) => Number(a - b))).toEqual(expected);
  });

  it('hold the orders and the revenue of the same day in the sales, in each marketplace', async () => {
    for (const marketplaceId of [US, DE, JP]) {
      const date = '2026-01-03';
      const [sales] = await readSales(database, {
        from: date,
        to: date,
        interval: 'DAY',
        by: [],
        marketplaceIds: [marketplaceId],
        currencyCode: null,
        orderBy: null,
        limit: null,
        withTitles: false,
      });
      const filter = { marketplaceIds: [marketplaceId], purchasedFrom: date, purchasedTo: date };
      const rows = await readOrderTotals(database, filter);
      const totals = rows.find(({ currencyCode }) => currencyCode === sales?.currencyCode);
      expect(totals?.revenue).toBe(sales?.revenue);
      expect([totals?.soldOrders, totals?.units]).toEqual([Number(sales?.orders), sales?.units]);
      // Cancelled orders are listed, too.
      expect(await countOrders(database, filter)).toBeGreaterThan(totals?.soldOrders ?? 0);
    }
  });
});

describe('totals', () => {
  it.each<OrderFilter>([
    {},
    { statuses: ['SHIPPED'] },
    { marketplaceIds: [DE, US], hasUnknownPrice: true },
    { search: 'sku_17' },
  ])('add up what %o matches, by currency', async (filter) => {
    const totals = await readOrderTotals(database, filter);
    expect(totals.length).toBeGreaterThan(0);
    let orders = 0;
    for (const row of totals) {
      orders += row.orders;
      const { rows } = await findOrders(database, {
        ...request,
        sort: { field: 'PURCHASE_DATE', direction: 'ASC' },
        filter,
        limit: COUNT,
        selected: { order: new Set(['orderTotalAmount', 'orderTotalCurrency']), items: null },
      });
      const cents = rows
        .filter(({ orderTotalCurrency }) => orderTotalCurrency === row.currencyCode)
        .reduce((sum, { orderTotalAmount }) => sum + Math.round(Number(orderTotalAmount ?? 0) * 100), 0);
      expect(Math.round(Number(row.orderTotal) * 100)).toBe(cents);
    }
    expect(orders).toBe(await countOrders(database, filter));
    const unpriced = totals.reduce((sum, { unknownPriceOrders }) => sum + unknownPriceOrders, 0);
    expect(unpriced).toBe(
      filter.hasUnknownPrice ? orders : await countOrders(database, { ...filter, hasUnknownPrice: true }),
    );
  });

  it('are none for a filter that matches nothing', async () => {
    expect(await readOrderTotals(database, { statuses: [] })).toEqual([]);
  });
});

describe('counts by status', () => {
  it.each<OrderFilter>([
    {},
    { marketplaceIds: [DE] },
    { statuses: ['SHIPPED'] },
    { purchasedFrom: '2026-01-03' },
    { toShip: 'ALL' },
  ])('of %o are those of each status with the other conditions', async (filter) => {
    const counts = await countByStatus(database, filter);
    expect(counts.length).toBeGreaterThan(0);
    for (const { status, count } of counts)
      expect(await countOrders(database, { ...filter, statuses: [status] })).toBe(count);
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(
      await countOrders(database, { ...filter, statuses: null }),
    );
  });
});
