import type { Database } from '../../database/database.js';

/** So many at once: while they are added up, who writes to the ledger waits. */
const DAYS_AT_ONCE = 60;

/**
 * Adds up the days whose lines in the ledger have changed (`sales_day_stale`), and keeps them in `sales_day`, so that
 * whoever reads them has not to. Reading is right before and after, and meanwhile.
 */
export async function keepSalesDays(database: Database): Promise<void> {
  while ((await database.query('SELECT FROM sales_day_stale LIMIT 1')).length > 0) {
    await database.transaction(async (sql) => {
      // Who has changed lines has ended, and nobody changes them from here on. In the order in which a page is written.
      await sql.query('LOCK TABLE marketplaces, order_items IN SHARE ROW EXCLUSIVE MODE');
      const stale = await sql.query<{ day: string }>(
        `SELECT order_date AS day FROM sales_day_stale ORDER BY order_date LIMIT ${DAYS_AT_ONCE}`,
      );
      const days = [stale.map(({ day }) => day)];
      await sql.query('DELETE FROM sales_day WHERE order_date = ANY ($1::date[])', days);
      await sql.query(ADD_UP, days);
      await sql.query('DELETE FROM sales_day_stale WHERE order_date = ANY ($1::date[])', days);
    });
  }
}

const ADD_UP = `
  INSERT INTO sales_day (is_whole, marketplace_id, order_date, currency, orders, units, revenue)
  SELECT grouping(marketplace_id) = 1, coalesce(marketplace_id, ''), order_date, currency,
         count(DISTINCT order_id)::int, sum(units)::bigint, coalesce(sum(revenue), 0)
    FROM (
      SELECT l.marketplace_id, l.order_date, coalesce(l.currency, m.currency, 'XXX') AS currency, l.order_id, l.units, l.revenue
        FROM order_items AS l LEFT JOIN marketplaces AS m USING (marketplace_id)
       WHERE l.order_date = ANY ($1::date[])
    ) AS line
   GROUP BY GROUPING SETS ((order_date, currency), (order_date, currency, marketplace_id))`;
