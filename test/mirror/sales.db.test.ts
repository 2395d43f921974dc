import { beforeAll, beforeEach, describe, expect } from 'vitest';
import { seedMarketplaces } from '../../src/connection/marketplaces.js';
import type { Database } from '../../src/database/database.js';
import { readSales, type SalesRequest, salesStatement } from '../../src/mirror/read/sales.js';
import { refreshSalesDays } from '../../src/mirror/write/sales-sums.js';
import { random as randomOf } from '../../src/simulator/random.js';
import { it } from '../helpers/fixtures.js';
import { comparable, naiveSales } from '../helpers/naive-sales.js';
import { planNodes, rowsRead } from '../helpers/query-plan.js';
import { DE, JP, US } from '../helpers/seed-orders.js';

let database: Database;

it.beforeAll(({ database: opened }) => {
  database = opened;
});
beforeAll(() => seedMarketplaces(database));
beforeEach(() => database.query('TRUNCATE order_items'));

interface Line {
  readonly order: string;
  readonly day: string;
  readonly marketplace?: string;
  readonly sku?: string | null;
  readonly asin?: string | null;
  readonly fulfilledBy?: string | null;
  readonly units?: number;
  readonly revenue?: string | null;
  readonly shipping?: string | null;
  readonly giftWrap?: string | null;
  readonly tax?: string | null;
  readonly discount?: string | null;
  readonly currency?: string | null;
}

async function ledger(...lines: Line[]): Promise<void> {
  const rows = lines.map((line) => ({ marketplace: US, units: 1, currency: 'USD', ...line }));
  await database.query(
    `INSERT INTO order_items (order_id, order_date, marketplace_id, sku, asin, fulfilled_by, units, revenue, shipping, gift_wrap,
       tax, discount, currency, source)
     SELECT "order", day, marketplace, sku, asin, "fulfilledBy", units, revenue, shipping, "giftWrap", tax, discount, currency, 'own'
       FROM json_to_recordset($1) AS line ("order" text, day date, marketplace text, sku text, asin text, "fulfilledBy" text,
         units int, revenue numeric, shipping numeric, "giftWrap" numeric, tax numeric, discount numeric, currency text)`,
    [JSON.stringify(rows)],
  );
}

const request = (options: Partial<SalesRequest> & Pick<SalesRequest, 'from' | 'to'>): SalesRequest => ({
  interval: 'TOTAL',
  by: [],
  marketplaceIds: null,
  currencyCode: null,
  orderBy: null,
  limit: null,
  withTitles: false,
  ...options,
});
const sales = (from: string, to: string, options: Partial<SalesRequest> = {}) =>
  readSales(database, request({ from, to, ...options }));

describe('sales', () => {
  it('have rows from the first to the last day of each interval within the range, with weeks from Monday', async () => {
    await ledger(
      { order: '1', day: '2026-03-01' },
      { order: '2', day: '2026-03-02' },
      { order: '3', day: '2026-04-09' },
    );
    const bounds = async (interval: SalesRequest['interval']) =>
      (await sales('2026-02-27', '2026-04-10', { interval })).map(({ from, to }) => `${from} ${to}`);
    expect(await bounds('DAY')).toEqual(['2026-03-01 2026-03-01', '2026-03-02 2026-03-02', '2026-04-09 2026-04-09']);
    expect(await bounds('WEEK')).toEqual(['2026-02-27 2026-03-01', '2026-03-02 2026-03-08', '2026-04-06 2026-04-10']);
    expect(await bounds('MONTH')).toEqual(['2026-03-01 2026-03-31', '2026-04-01 2026-04-10']);
    expect(await bounds('TOTAL')).toEqual(['2026-02-27 2026-04-10']);
  });

  it('count an order once in each marketplace, whatever it is split by', async () => {
    await ledger(
      { order: '1', day: '2026-03-01', sku: 'A', asin: 'X', fulfilledBy: 'AMAZON' },
      { order: '1', day: '2026-03-01', sku: 'B', asin: 'X', fulfilledBy: 'MERCHANT' },
      { order: '1', day: '2026-03-01', sku: 'B', asin: 'Y' },
      { order: '1', day: '2026-03-01', sku: 'B', asin: 'Y', marketplace: DE },
    );
    const orders = async (...by: SalesRequest['by']) =>
      (await sales('2026-03-01', '2026-03-31', { by })).map((row) => Number(row.orders));
    for (const refresh of [() => {}, () => refreshSalesDays(database)]) {
      await refresh();
      expect(await orders()).toEqual([2]);
      expect(await orders('MARKETPLACE')).toEqual([1, 1]);
      expect(await orders('SKU')).toEqual([1, 2]);
      expect(await orders('ASIN')).toEqual([1, 2]);
      expect(await orders('SKU', 'ASIN')).toEqual([1, 1, 2]);
      expect(await orders('FULFILLED_BY')).toEqual([2, 1, 1]);
    }
  });

  it('add up amounts exactly, and count units without a price', async () => {
    await ledger(
      { order: '1', day: '2026-03-01', revenue: '9007199254740993.01', shipping: '4.99', giftWrap: '1', tax: '0.07' },
      { order: '2', day: '2026-03-02', units: 3, revenue: null },
      { order: '3', day: '2026-03-02', revenue: '0.30', shipping: null, discount: '1.5', tax: '0.005' },
    );
    const expected = [
      {
        orders: 3n,
        units: 5n,
        unpricedUnits: 3n,
        revenue: '9007199254740993.31',
        shipping: '4.99',
        giftWrap: '1',
        tax: '0.075',
        discount: '1.5',
      },
    ];
    expect(await sales('2026-03-01', '2026-03-31')).toMatchObject(expected);
    await refreshSalesDays(database);
    expect(await sales('2026-03-01', '2026-03-31')).toMatchObject(expected);
    expect(await sales('2026-03-01', '2026-03-31', { by: ['SKU'] })).toMatchObject(expected);
  });

  it('have the title of the order that was mirrored last', async () => {
    await ledger(
      { order: '1', day: '2026-03-01', sku: 'mug', asin: 'B01' },
      { order: '2', day: '2026-03-01', sku: 'none', asin: 'B02' },
      { order: '3', day: '2026-03-01', sku: null, asin: 'B01' },
    );
    await database.query(`
      INSERT INTO amazon_order (amazon_order_id, marketplace_id, purchase_date, last_update_date, order_status, channel_name,
        raw_payload, content_hash)
      SELECT n::text, '${US}', now(), now(), 'SHIPPED', 'AMAZON', '{}', '' FROM generate_series(1, 3) AS n`);
    await database.query(`
      INSERT INTO amazon_order_item (order_id, order_item_id, amazon_order_id, marketplace_id, seller_sku, asin, title,
        quantity_ordered, raw_payload)
      SELECT id, id, amazon_order_id, marketplace_id, CASE amazon_order_id WHEN '3' THEN 'MUG' ELSE 'mug' END, 'B01',
        'title ' || amazon_order_id, 1, '{}' FROM amazon_order`);
    const titles = async (...by: SalesRequest['by']) =>
      (await sales('2026-03-01', '2026-03-31', { by, withTitles: true })).map(({ title }) => title);
    expect(await titles('SKU')).toEqual([null, 'title 2', null]);
    expect(await titles('ASIN')).toEqual(['title 3', null]);
    expect(await titles()).toEqual([null]);
  });

  it('equal the lines added up one by one, after any change and refresh', async () => {
    const dice = randomOf(11);
    const random = () => dice.fraction();
    const any = <Value>(values: readonly Value[]) => values[Math.floor(random() * values.length)] as Value;
    const some = <Value>(values: readonly Value[]) => values.filter(() => random() < 0.4);
    const date = () => new Date(Date.UTC(2026, 1, 20 + Math.floor(random() * 50))).toISOString().slice(0, 10);
    const marketplaces = [US, DE, JP, 'NOWHERE'];
    const amount = () => (random() < 0.8 ? String(Math.floor(random() * 10_000) / 100) : null);
    const line = (): Line => ({
      order: any(['1', '2', '3', '4', '5']),
      day: date(),
      marketplace: any(marketplaces),
      sku: any(['A', 'B', 'a b', null]),
      asin: any(['X', 'Y', null]),
      fulfilledBy: any(['AMAZON', 'MERCHANT', null]),
      units: any([-1, 0, 1, 2, 3]),
      revenue: amount(),
      shipping: amount(),
      giftWrap: amount(),
      tax: amount(),
      discount: amount(),
      currency: any(['USD', 'EUR', null]),
    });
    /** Is aborted between two months, or never. */
    const anyMoment = Object.defineProperty(new AbortController().signal, 'aborted', { get: () => random() < 0.4 });
    const changes: (() => Promise<unknown>)[] = [
      () => ledger(...Array.from({ length: 25 }, line)),
      () => database.query('UPDATE order_items SET order_date = $1 WHERE id % 9 = $2', [date(), any([0, 1, 2])]),
      () => database.query(`UPDATE order_items SET sku = 'N' || $1, tax = 1 WHERE id % 7 = $1`, [any([0, 1, 2])]),
      () => database.query('DELETE FROM order_items WHERE id % 11 = $1', [any([0, 1, 2])]),
      () =>
        database.query(`UPDATE marketplaces SET currency = $1 WHERE marketplace_id = '${JP}'`, [any(['JPY', 'USD'])]),
      () => refreshSalesDays(database),
      () => refreshSalesDays(database),
      () => refreshSalesDays(database, anyMoment),
    ];
    for (let round = 0; round < 60; round++) {
      await any(changes)();
      for (let question = 0; question < 3; question++) {
        const [from, to] = [date(), date()].sort() as [string, string];
        const asked = request({
          from,
          to,
          interval: any(['DAY', 'WEEK', 'MONTH', 'TOTAL']),
          by: some(['MARKETPLACE', 'SKU', 'ASIN', 'FULFILLED_BY']),
          marketplaceIds: random() < 0.6 ? null : some([...marketplaces, 'OTHER']),
          currencyCode: random() < 0.8 ? null : 'USD',
          orderBy:
            random() < 0.4
              ? null
              : { field: any(['DATE', 'REVENUE', 'UNITS', 'ORDERS']), direction: any(['ASC', 'DESC']) },
          limit: random() < 0.6 ? null : 1 + Math.floor(random() * 5),
        });
        expect(comparable(await readSales(database, asked)), JSON.stringify(asked)).toEqual(
          await naiveSales(database, asked),
        );
      }
    }
  });

  it('are exact in each snapshot while lines are written and sums are stored', async () => {
    const dice = randomOf(5);
    const random = () => dice.fraction();
    const day = () => `2026-03-${String(1 + Math.floor(random() * 9)).padStart(2, '0')}`;
    const skus = ['A', 'B', 'C'];
    let done = false;
    const write = async () => {
      for (let round = 0; round < 25; round++) {
        await ledger(...skus.map((sku) => ({ order: String(round % 7), day: day(), sku, revenue: '1.25' })));
        await database.query('UPDATE order_items SET order_date = $1 WHERE id % 5 = $2', [day(), round % 5]);
      }
      done = true;
    };
    const store = async () => {
      while (!done) await refreshSalesDays(database);
    };
    const read = async () => {
      while (!done) {
        await database.transaction(async (sql) => {
          for (const by of [[], ['SKU'], ['ASIN', 'FULFILLED_BY']] as const) {
            const asked = request({ from: '2026-03-01', to: '2026-03-31', by });
            expect(comparable(await readSales(sql, asked))).toEqual(await naiveSales(sql, asked));
          }
        }, 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      }
    };
    await Promise.all([write(), store(), store(), read()]);
    await refreshSalesDays(database);
    expect(await database.query('SELECT FROM sales_day_stale')).toEqual([]);
    const asked = request({ from: '2026-03-01', to: '2026-03-31', by: ['SKU'] });
    expect(comparable(await readSales(database, asked))).toEqual(await naiveSales(database, asked));
  });

  it('read neither the ledger nor single days for whole months that are stored', async ({ statements }) => {
    await database.query(
      `INSERT INTO order_items (order_id, order_date, marketplace_id, sku, units, revenue, currency, source)
       SELECT n::text, date '2026-03-01' + n % 61, '${US}', 'SKU' || n % 50, 1, 9.99, 'USD', 'own'
         FROM generate_series(1, 6000) AS n`,
    );
    await refreshSalesDays(database);
    await database.query('ANALYZE order_items, sales_product_day, sales_product_month');
    const asked = request({ from: '2026-03-01', to: '2026-04-30', by: ['SKU'], orderBy: null, limit: 10 });
    statements.length = 0;
    expect(await readSales(database, asked)).toHaveLength(10);
    expect(statements).toHaveLength(1);
    const nodes = await planNodes(database, salesStatement(asked), { analyze: true });
    const read = (table: string) =>
      nodes.filter((node) => node['Relation Name'] === table).reduce((sum, node) => sum + rowsRead(node), 0);
    expect(read('sales_product_month')).toBeGreaterThan(0);
    expect(read('sales_product_day')).toBe(0);
    expect(read('order_items')).toBe(0);
  });
});
