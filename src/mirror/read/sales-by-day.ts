import type { Sql } from '../../database/database.js';
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
  WITH stale AS MATERIALIZED (
    SELECT DISTINCT order_date FROM sales_day_stale WHERE order_date BETWEEN $1::date AND $2::date
  )
  SELECT d.order_date AS date, c.currency AS "currencyCode", sum(d.orders)::int AS orders, sum(d.units)::bigint AS units,
         sum(d.revenue) AS revenue
    FROM sales_day AS d JOIN sales_channel AS c ON c.id = d.channel_id
   WHERE c.marketplace_id IS NOT DISTINCT FROM $3::text
     AND d.order_date BETWEEN $1::date AND $2::date AND d.order_date NOT IN (SELECT order_date FROM stale)
   GROUP BY 1, 2
  UNION ALL
  SELECT l.order_date, coalesce(l.currency, m.currency, 'XXX'), count(DISTINCT l.order_id)::int, sum(l.units)::bigint,
         coalesce(sum(l.revenue), 0)
    FROM order_items AS l LEFT JOIN marketplaces AS m USING (marketplace_id)
   WHERE l.order_date = ANY (ARRAY(SELECT order_date FROM stale)) AND ($3::text IS NULL OR l.marketplace_id = $3)
   GROUP BY 1, 2
   ORDER BY 1, 2`;
