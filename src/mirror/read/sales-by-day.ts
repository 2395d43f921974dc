import type { Database, Sql } from '../../database/database.js';
import { assertSalesRange, type DateRange } from './sales-range.js';

/** The sales of a day in a currency. */
export interface SalesDay {
  /** `YYYY-MM-DD`, in the time zone of each marketplace. */
  readonly date: string;
  /** ISO 4217; `XXX` if unknown. */
  readonly currencyCode: string;
  readonly orders: number;
  /** May exceed 32 bits: users may add lines of their own to the ledger. */
  readonly units: number;
  /** Exact decimal; lines without a known price add nothing. */
  readonly revenue: string;
}

export interface SalesByDayRequest extends DateRange {
  /** Null for all marketplaces. */
  readonly marketplaceId: string | null;
}

/**
 * Returns the sums of the ledger by day and currency, sorted by both. Days without sales are left out. The ledger has no
 * orders that were not sold on Amazon.
 * @throws {UserError} BAD_USER_INPUT when `to` comes before `from`, or for more than 3,700 days
 */
export async function salesByDay(sql: Sql, request: SalesByDayRequest): Promise<SalesDay[]> {
  assertSalesRange(request);
  const { from, to, marketplaceId } = request;
  const rows = await sql.query<Omit<SalesDay, 'units'> & { units: bigint }>(SALES, [from, to, marketplaceId]);
  return rows.map((row) => ({ ...row, units: Number(row.units) }));
}

/** Stored days (`sales_day`) as they are, stale ones from the ledger, in one snapshot. */
const SALES = `
  WITH stale AS MATERIALIZED (SELECT order_date FROM sales_day_stale WHERE order_date BETWEEN $1::date AND $2::date)
  SELECT order_date AS date, currency AS "currencyCode", orders, units, revenue
    FROM sales_day
   WHERE is_whole = ($3::text IS NULL) AND marketplace_id = coalesce($3::text, '')
     AND order_date BETWEEN $1::date AND $2::date AND order_date NOT IN (SELECT order_date FROM stale)
  UNION ALL
  SELECT l.order_date, coalesce(l.currency, m.currency, 'XXX'), count(DISTINCT l.order_id)::int, sum(l.units)::bigint,
         coalesce(sum(l.revenue), 0)
    FROM order_items AS l LEFT JOIN marketplaces AS m USING (marketplace_id)
   WHERE l.order_date = ANY (ARRAY(SELECT order_date FROM stale)) AND ($3::text IS NULL OR l.marketplace_id = $3)
   GROUP BY 1, 2
   ORDER BY 1, 2`;

/** Days per transaction: writers of the ledger wait for it. */
const DAYS_PER_TRANSACTION = 60;

/**
 * Adds up the days whose ledger lines have changed (triggers write them to `sales_day_stale`) and stores them in
 * `sales_day`. `salesByDay` is exact before, during and after: it adds up stale days itself.
 */
export async function refreshSalesDays(database: Database): Promise<void> {
  while ((await database.query('SELECT FROM sales_day_stale LIMIT 1')).length > 0) {
    await database.transaction(async (sql) => {
      // Waits for transactions that changed lines, and blocks further changes. Same lock order as a page write.
      await sql.query('LOCK TABLE marketplaces, order_items IN SHARE ROW EXCLUSIVE MODE');
      const stale = await sql.query<{ day: string }>(
        `SELECT order_date AS day FROM sales_day_stale ORDER BY order_date LIMIT ${DAYS_PER_TRANSACTION}`,
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
