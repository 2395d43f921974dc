import type { Sql } from '../../database/database.js';
import { forecastPages, type Quota } from '../../runs/progress.js';
import { DEFAULT_USAGE_PLANS, refill } from '../../spapi/http/rate-limit.js';
import type { Window } from './window.js';

const ORDERS_A_PAGE = 100;
/** How far back the mirror is read to learn how many orders change per day. */
const PAST_DAYS = 30;
const DAY_MS = 86_400_000;

/**
 * Forecasts, before a run starts, when it ends: from the mirrored orders in its window, plus the orders to expect after the
 * newest of them at the rate of the last 30 days (or since the window's start, if earlier). Null while the mirror is empty.
 */
export async function forecastRun(sql: Sql, window: Window, now: Date): Promise<Date | null> {
  const [past] = await sql.query<{ inWindow: number; recent: number; newest: Date | null }>(
    `SELECT count(*) FILTER (WHERE last_update_date >= $1)::int AS "inWindow",
            count(*)::int AS recent, max(last_update_date) AS newest
       FROM amazon_order WHERE last_update_date >= least($1::timestamptz, $2::timestamptz - $3 * interval '1 day')`,
    [window.updatedAfter, now, PAST_DAYS],
  );
  if (!past?.newest) return null;
  const pastMs = Math.max(PAST_DAYS * DAY_MS, now.getTime() - window.updatedAfter.getTime());
  const newMs = Math.max(0, window.updatedBefore.getTime() - past.newest.getTime());
  const orders = past.inWindow + (past.recent / pastMs) * newMs;
  return forecastPages(
    now,
    Math.max(window.searches.length, Math.ceil(orders / ORDERS_A_PAGE)),
    await quotaLeft(sql, now),
    0,
  );
}

/** Returns what the bucket of searchOrders holds now. */
async function quotaLeft(sql: Sql, now: Date): Promise<Quota> {
  const plan = DEFAULT_USAGE_PLANS.searchOrders;
  const [row] = await sql.query<{ tokens: number; rate: number; updatedAt: Date }>(
    `SELECT tokens, rate, updated_at AS "updatedAt" FROM usage_plan WHERE operation = 'searchOrders'`,
  );
  if (!row) return { tokens: plan.burst, rate: plan.rate };
  return refill({ ...row, burst: plan.burst, updatedAt: row.updatedAt.getTime() }, now.getTime());
}
