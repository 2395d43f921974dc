import { createDatabase } from '../lib/databases.js';
import { alternate, median, ms, number, ratio, secondsOf } from '../lib/measure.js';
import { openDatabase, readSales, refreshSalesDays } from '../lib/ordermirror.js';

const TIMEOUTS = '?query_timeout=600000&statement_timeout=600000';
const RANGE = { from: '2025-12-01', to: '2026-11-30' };
/** @type {readonly (readonly import('#src/mirror/read/sales.js').SalesDimension[])[]} */
const DIMENSIONS = [[], ['SKU'], ['ASIN'], ['MARKETPLACE', 'SKU']];
/** @type {readonly import('#src/mirror/read/sales.js').SalesInterval[]} */
const INTERVALS = ['TOTAL', 'MONTH', 'WEEK', 'DAY'];
const COLUMNS = { SKU: 'sku', ASIN: 'asin', MARKETPLACE: 'marketplace_id', FULFILLED_BY: 'fulfilled_by' };

/** Best sellers of a year of a million lines of 5,000 SKUs, beside adding the lines up. @type {import('../main.js').Benchmark} */
export async function benchSales(kind, { orders, quick }) {
  const lines = orders ?? (quick ? 10_000 : 1_000_000);
  const { config } = await createDatabase(kind);
  const to = config.database;
  const database = await openDatabase(to.kind === 'postgres' ? { ...to, url: to.url + TIMEOUTS } : to);
  await seedLines(database, lines);
  const read = (interval, by) =>
    readSales(database, {
      ...RANGE,
      interval,
      by,
      marketplaceIds: null,
      currencyCode: null,
      orderBy: { field: 'REVENUE', direction: 'DESC' },
      limit: 100,
      sums: ['units', 'revenue'],
      withTitles: false,
    });
  const changed = await secondsOf(() => read('TOTAL', ['SKU']));
  const refresh = await secondsOf(() => refreshSalesDays(database));
  await database.query('VACUUM (ANALYZE) sales_day, sales_product_day, sales_product_month');
  const rounds = quick ? 1 : 3;
  const questions = DIMENSIONS.flatMap((by) =>
    INTERVALS.map((interval) => ({ by, interval, name: `${interval} ${by}` })),
  );
  const measured = await alternate(
    rounds,
    questions.map(({ by, interval, name }) => async () => ({
      [name]: (await secondsOf(() => read(interval, by))) * 1_000,
      [`floor ${name}`]: (await secondsOf(() => addUp(database, interval, by))) * 1_000,
    })),
  );
  const oneDay = await secondsOf(async () => {
    await database.query(`UPDATE order_items SET units = units + 1 WHERE order_date = '2026-11-20' AND id % 2 = 0`);
    await refreshSalesDays(database);
  });
  await database.close();
  return {
    title: `sales of a year, ${kind}, ${number(lines)} lines`,
    rounds,
    columns: ['sales', 'ms', 'adding the lines up, ms', 'ratio'],
    rows: questions.map(({ name }) => {
      const floor = measured(`floor ${name}`);
      return [name, ms(median(measured(name))), ms(median(floor)), ratio(measured(name), floor)];
    }),
    notes: [
      `TOTAL by SKU before the first refresh: ${number(changed * 1_000)} ms. Refresh of all days: ${number(refresh)} s.`,
      `A changed day and its refresh: ${number(oneDay * 1_000)} ms.`,
    ],
  };
}

/** Skewed: the first SKUs have most of the lines. */
async function seedLines(database, lines) {
  await database.query(
    `INSERT INTO order_items (order_id, order_date, marketplace_id, sku, asin, units, revenue, currency, source, fulfilled_by)
     SELECT 'o' || n / 5 * 2 + least(n % 5, 1), date '2025-12-01' + (n / 5 * 5 * 365 / $1::bigint)::int,
       CASE WHEN n / 5 % 10 = 0 THEN 'A2EUQ1WTGCTBG2' ELSE 'ATVPDKIKX0DER' END, 'SKU-' || sku, 'B0' || sku / 2, 1 + n % 3,
       5 + sku % 97 + 0.99, 'USD', 'bench', CASE WHEN n / 5 % 5 = 0 THEN 'MERCHANT' ELSE 'AMAZON' END
     FROM (SELECT n, (5000 ^ ((n * 7919 % 100003) / 100003.0))::int AS sku FROM generate_series(0, $1::bigint - 1) AS n) AS made`,
    [lines],
  );
  await database.query('VACUUM (ANALYZE) order_items');
}

function addUp(database, interval, by) {
  const start = interval === 'TOTAL' ? '1' : `date_trunc('${interval}', order_date::timestamp)`;
  const columns = by.map((dimension) => `, ${COLUMNS[dimension]}`).join('');
  return database.query(
    `SELECT ${start} AS start, currency${columns}, count(DISTINCT order_id), sum(units), sum(revenue) FROM order_items
      WHERE order_date BETWEEN $1::date AND $2::date GROUP BY start, currency${columns} ORDER BY sum(revenue) DESC LIMIT 100`,
    [RANGE.from, RANGE.to],
  );
}
