import { beforeAll, beforeEach, describe, expect } from 'vitest';
import { seedMarketplaces } from '../../src/connection/marketplaces.js';
import type { Database } from '../../src/database/database.js';
import { salesByDay } from '../../src/mirror/read/sales-by-day.js';
import { refreshSalesDays } from '../../src/mirror/write/sales-sums.js';
import { saveOrders, writeOrders } from '../../src/mirror/write/save-orders.js';
import { random as randomOf } from '../../src/simulator/random.js';
import { it } from '../helpers/fixtures.js';
import { waitersFor } from '../helpers/lock-waiters.js';
import { planNodes, rowsRead } from '../helpers/query-plan.js';
import { randomRows } from '../helpers/random-rows.js';
import { DE, JP, US } from '../helpers/seed-orders.js';
import { databaseKind } from '../helpers/with-database.js';

let database: Database;

let statements: string[];

it.beforeAll(({ database: opened, statements: sent }) => {
  database = opened;

  statements = sent;
});
beforeAll(async () => {
  await seedMarketplaces(database);
  await database.query(
    `INSERT INTO marketplaces (marketplace_id, country_code, name, currency)
     VALUES ('NEW', 'ZZ', 'Unknown', NULL) ON CONFLICT DO NOTHING`,
  );
});
beforeEach(() => database.query('TRUNCATE order_items'));

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
    await database.query(
      `INSERT INTO order_items (order_id, order_date, marketplace_id, units, revenue, currency, source)
       VALUES ($1, $2, $3, $4, $5, $6, 'spapi')`,
      line,
    );
  }
}

const sales = (from: string, to: string, marketplaceId: string | null = null) =>
  salesByDay(database, { from, to, marketplaceId });

describe('salesByDay', () => {
  it('adds up exactly by day and currency, and counts an order with several lines once', async () => {
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

  it('counts lines without a price, in the currency of the marketplace or XXX', async () => {
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

  it('counts lines of an unknown marketplace, in its currency once it becomes known', async () => {
    await ledger(
      ['1', '2026-03-02', 'SHOP', 2, '10.00', 'EUR'],
      ['2', '2026-03-02', 'SHOP', 1, '3.00', null],
      ['3', '2026-03-02', US, 1, '5.00', 'USD'],
    );
    const ofShop = async () =>
      (await sales('2026-03-02', '2026-03-02', 'SHOP')).map((day) => [day.currencyCode, day.revenue]);
    const both = [
      ['EUR', '10.00'],
      ['XXX', '3.00'],
    ];
    expect(await ofShop()).toEqual(both);
    await refreshSalesDays(database);
    expect(await ofShop()).toEqual(both);
    expect(await sales('2026-03-02', '2026-03-02')).toHaveLength(3);
    await database.query(
      `INSERT INTO marketplaces (marketplace_id, country_code, name, currency) VALUES ('SHOP', 'ZZ', 'A shop', 'EUR')`,
    );
    expect(await ofShop()).toEqual([['EUR', '13.00']]);
    await refreshSalesDays(database);
    await database.query(`DELETE FROM marketplaces WHERE marketplace_id = 'SHOP'`);
    expect(await ofShop()).toEqual(both);
  });

  it('includes both bounds, and filters by marketplace', async () => {
    await ledger(
      ['1', '2026-03-01', US, 1, '1', 'USD'],
      ['2', '2026-03-02', US, 1, '1', 'USD'],
      ['3', '2026-03-03', US, 1, '1', 'USD'],
      ['4', '2026-03-02', DE, 1, '1', 'EUR'],
    );
    expect((await sales('2026-03-01', '2026-03-02', US)).map(({ date }) => date)).toEqual(['2026-03-01', '2026-03-02']);
    expect(await sales('2026-03-02', '2026-03-02')).toMatchObject([{ currencyCode: 'EUR' }, { orders: 1 }]);
  });

  it('rejects a reversed range, and one longer than 3,700 days', async () => {
    await expect(sales('2026-03-02', '2026-03-01')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(sales('2016-01-01', '2026-02-17')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await sales('2016-01-01', '2026-02-16')).toEqual([]);
  });
});

describe('stored days', () => {
  const summed = (from: string, to: string, marketplaceId: string | null) =>
    database.query(
      `SELECT l.order_date AS date, coalesce(l.currency, m.currency, 'XXX') AS "currencyCode",
         count(DISTINCT l.order_id)::int AS orders, sum(l.units)::int AS units, coalesce(sum(l.revenue), 0) AS revenue
       FROM order_items AS l LEFT JOIN marketplaces AS m USING (marketplace_id)
       WHERE l.order_date BETWEEN $1::date AND $2::date AND ($3::text IS NULL OR l.marketplace_id = $3)
       GROUP BY 1, 2 ORDER BY 1, 2`,
      [from, to, marketplaceId],
    );
  const staleDays = async () =>
    (await database.query<{ day: string }>('SELECT order_date AS day FROM sales_day_stale ORDER BY 1')).map(
      ({ day }) => day,
    );

  it('equal the sums of the lines after any change of lines and marketplaces', async () => {
    const dice = randomOf(7);
    const random = () => dice.fraction();
    const any = (count: number) => Math.floor(random() * count);
    const day = () => `2026-03-${String(1 + any(9)).padStart(2, '0')}`;
    const marketplace = () => [US, DE, JP, 'NEW', 'NOWHERE'][any(5)] ?? US;
    const changes = [
      () =>
        ledger(
          ...Array.from({ length: 5 }, (): Line => {
            const price = random() < 0.8 ? String(any(1000) / 100) : null;
            return [String(any(8)), day(), marketplace(), any(5), price, random() < 0.7 ? 'USD' : null];
          }),
        ),
      () => database.query('UPDATE order_items SET order_date = $1::date WHERE id % 5 = $2', [day(), any(5)]),
      () => database.query('UPDATE order_items SET units = units + 1 WHERE order_date = $1::date', [day()]),
      () => database.query('DELETE FROM order_items WHERE id % 7 = $1', [any(7)]),
      () =>
        database.query(`UPDATE marketplaces SET currency = $1 WHERE marketplace_id = 'NEW'`, [
          ['EUR', 'USD', null][any(3)],
        ]),
      () => refreshSalesDays(database),
      () => refreshSalesDays(database),
    ];
    for (let round = 0; round < 120; round++) {
      await changes[any(changes.length)]?.();
      for (const marketplaceId of [null, US, 'NEW', 'NOWHERE', ''])
        expect(await sales('2026-03-02', '2026-03-08', marketplaceId)).toEqual(
          await summed('2026-03-02', '2026-03-08', marketplaceId),
        );
    }
    await database.query('TRUNCATE order_items');
    expect(await sales('2026-03-01', '2026-03-31')).toEqual([]);
  });

  it('become stale when one of their lines changes, and only then', async () => {
    await ledger(
      ['1', '2026-03-01', US, 1, '1', 'USD'],
      ['2', '2026-03-02', US, 1, '1', 'USD'],
      ['3', '2026-03-03', DE, 1, '1', null],
    );
    await refreshSalesDays(database);
    expect(await staleDays()).toEqual([]);
    await database.query(`UPDATE order_items SET order_date = '2026-03-05' WHERE order_id = '2'`);
    expect(await staleDays()).toEqual(['2026-03-02', '2026-03-05']);
    await refreshSalesDays(database, AbortSignal.abort());
    expect(await staleDays()).toEqual(['2026-03-02', '2026-03-05']);
    await refreshSalesDays(database);
    expect(await staleDays()).toEqual([]);
    await database.query(`DELETE FROM order_items WHERE order_id = '1'`);
    await database.query(`UPDATE marketplaces SET currency = currency`);
    expect(await staleDays()).toEqual(['2026-03-01']);
    await database.query(`UPDATE marketplaces SET currency = 'CHF' WHERE marketplace_id = $1`, [DE]);
    expect(await staleDays()).toEqual(['2026-03-01', '2026-03-03']);
    await database.query(`UPDATE marketplaces SET currency = 'EUR' WHERE marketplace_id = $1`, [DE]);
  });

  it('are read without reading the ledger', async () => {
    await database.query(
      `INSERT INTO order_items (order_id, order_date, marketplace_id, units, revenue, currency, source)
       SELECT n::text, date '2025-01-01' + n % 365, '${US}', 1, 9.99, 'USD', 'spapi' FROM generate_series(1, 20000) AS n`,
    );
    await refreshSalesDays(database);
    await database.query('ANALYZE order_items, sales_day');
    statements.length = 0;
    expect(await sales('2025-01-01', '2025-12-31')).toHaveLength(365);
    expect(statements).toHaveLength(1);
    const values = ['2025-01-01', '2025-12-31', null];
    const nodes = await planNodes(database, { text: statements[0] ?? '', values }, { analyze: true });
    const lines = nodes.filter((node) => node['Relation Name'] === 'order_items').map(rowsRead);
    expect(lines.length).toBeGreaterThan(0);
    expect(Math.max(...lines)).toBe(0);
  });

  it.runIf(databaseKind === 'postgres')(
    'are summed while a page waits for tables that a user’s own row has locked',
    async () => {
      await ledger(['1', '2026-03-01', US, 1, '1', 'USD']);
      const tables = ['order_items', 'marketplaces'];
      const all: Promise<unknown>[] = [];
      await database.transaction(async (sql) => {
        await sql.query(
          `INSERT INTO order_items (order_id, order_date, marketplace_id, units, source) VALUES ('own', '2026-03-01', $1, 1, 'own')`,
          [US],
        );
        all.push(refreshSalesDays(database));
        await waitersFor(database, tables, 1);
        const options = { includeItems: true, at: new Date(), changeSource: 'SYNC' } as const;
        all.push(writeOrders(database, (other) => saveOrders(other, randomRows(1, 1), options)));
        await waitersFor(database, tables, 2);
      });
      await Promise.all(all);
      expect(await sales('2026-03-01', '2026-03-01', US)).toMatchObject([{ orders: 2 }]);
    },
  );
});
