import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedMarketplaces } from '../../src/connection/marketplaces.js';
import { salesByDay } from '../../src/orders/sales-by-day.js';
import { DE, JP, US } from '../helpers/seed-orders.js';
import { withDatabase } from '../helpers/with-database.js';

const store = withDatabase();
beforeAll(async () => {
  await seedMarketplaces(store.database);
  await store.database.query(
    `INSERT INTO marketplaces (marketplace_id, country_code, name, currency)
     VALUES ('NEW', 'ZZ', 'Unknown', NULL) ON CONFLICT DO NOTHING`,
  );
});
beforeEach(() => store.database.query('TRUNCATE order_items'));

type Line = [
  order: string,
  day: string,
  marketplace: string,
  units: number,
  revenue: string | null,
  currency: string | null,
];

async function ledger(...lines: Line[]): Promise<void> {
  for (const line of lines) {
    await store.database.query(
      `INSERT INTO order_items (order_id, order_date, marketplace_id, units, revenue, currency, source)
       VALUES ($1, $2, $3, $4, $5, $6, 'spapi')`,
      line,
    );
  }
}

const sales = (from: string, to: string, marketplaceId: string | null = null) =>
  salesByDay(store.database, { from, to, marketplaceId });

describe('salesByDay', () => {
  it('adds up exactly, by day and currency, an order once however many lines it has', async () => {
    await ledger(
      ['1', '2026-03-02', US, 1, '0.10', 'USD'],
      ['1', '2026-03-02', US, 2, '0.20', 'USD'],
      ['2', '2026-03-02', US, 1, '9007199254740993.01', 'USD'],
      ['3', '2026-03-02', DE, 3, '5', 'EUR'],
      ['4', '2026-03-01', JP, 1, '5980', 'JPY'],
    );
    expect(await sales('2026-03-01', '2026-03-02')).toEqual([
      { date: '2026-03-01', currencyCode: 'JPY', orders: 1, units: 1, revenue: '5980' },
      { date: '2026-03-02', currencyCode: 'EUR', orders: 1, units: 3, revenue: '5' },
      { date: '2026-03-02', currencyCode: 'USD', orders: 2, units: 4, revenue: '9007199254740993.31' },
    ]);
  });

  it('counts lines without a price, and takes the currency from the marketplace, or XXX', async () => {
    await ledger(
      ['1', '2026-03-02', US, 1, null, null],
      ['2', '2026-03-02', US, 1, '2.50', 'USD'],
      ['3', '2026-03-02', 'NEW', 1, null, null],
    );
    expect(await sales('2026-03-02', '2026-03-02')).toEqual([
      { date: '2026-03-02', currencyCode: 'USD', orders: 2, units: 2, revenue: '2.50' },
      { date: '2026-03-02', currencyCode: 'XXX', orders: 1, units: 1, revenue: '0' },
    ]);
  });

  it('takes the bounds in, and one marketplace alone when it is asked for', async () => {
    await ledger(
      ['1', '2026-03-01', US, 1, '1', 'USD'],
      ['2', '2026-03-02', US, 1, '1', 'USD'],
      ['3', '2026-03-03', US, 1, '1', 'USD'],
      ['4', '2026-03-02', DE, 1, '1', 'EUR'],
    );
    expect((await sales('2026-03-01', '2026-03-02', US)).map(({ date }) => date)).toEqual(['2026-03-01', '2026-03-02']);
    expect(await sales('2026-03-02', '2026-03-02')).toMatchObject([{ currencyCode: 'EUR' }, { orders: 1 }]);
  });

  it('refuses a range that is turned round or longer than 3,700 days', async () => {
    await expect(sales('2026-03-02', '2026-03-01')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(sales('2016-01-01', '2026-02-17')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await sales('2016-01-01', '2026-02-16')).toEqual([]);
  });
});
