import { UserError } from '../../core/errors.js';
import type { Sql } from '../../database/database.js';

/** What was sold on a day in a currency. */
export interface SalesDay {
  /** `YYYY-MM-DD`, in the marketplaces' own time zones. */
  readonly date: string;
  /** ISO 4217; `XXX` where nobody has said it. */
  readonly currencyCode: string;
  readonly orders: number;
  /** May exceed 32 bits: users have lines of their own in the ledger. */
  readonly units: number;
  /** Exact; lines whose price isn't known yet add nothing. */
  readonly revenue: string;
}

export interface SalesRequest {
  /** `YYYY-MM-DD`, both inclusive. */
  readonly from: string;
  readonly to: string;
  /** Null for all. */
  readonly marketplaceId: string | null;
}

const MOST_DAYS = 3_700;
const DAY_MS = 86_400_000;

/**
 * The ledger, by day and currency, sorted by both. Days without sales are left out; orders that were not sold on Amazon
 * are in the mirror, but never in the ledger.
 * @throws {UserError} BAD_USER_INPUT when `to` comes before `from`, or the days are more than 3,700.
 */
export async function salesByDay(sql: Sql, { from, to, marketplaceId }: SalesRequest): Promise<SalesDay[]> {
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  if (days < 1) throw new UserError('BAD_USER_INPUT', `\`to\` (${to}) comes before \`from\` (${from}).`);
  if (days > MOST_DAYS) {
    throw new UserError('BAD_USER_INPUT', `${from} to ${to} is ${days} days; ask for at most ${MOST_DAYS} at once.`);
  }
  const rows = await sql.query<Omit<SalesDay, 'units'> & { units: bigint }>(SALES, [from, to, marketplaceId]);
  return rows.map((row) => ({ ...row, units: Number(row.units) }));
}

/** Days that are kept as they are kept, stale ones from the ledger's lines: both as of one moment. */
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
