import type { Sql } from '../../database/sql.js';
import { after } from '../../runs/forecast.js';
import { DEFAULT_USAGE_PLANS, refill } from '../../spapi/http/rate-limit.js';
import type { Window } from './window.js';

const ORDERS_A_PAGE = 100;
/** From how far back the mirror's own past tells how many orders change in a time. */
const PAST_DAYS = 30;
const DAY_MS = 86_400_000;

/**
 * When a run of this window will have ended, before it starts: from how many of the mirrored orders lie in the window,
 * and how many changed in as long a time before. Null while the mirror knows no past (the first run).
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
  return after(now, Math.max(window.legs.length, Math.ceil(orders / ORDERS_A_PAGE)), await quotaLeft(sql, now), 0);
}

/** What the searchOrders bucket holds now. */
async function quotaLeft(sql: Sql, now: Date): Promise<{ tokens: number; rate: number }> {
  const plan = DEFAULT_USAGE_PLANS.searchOrders;
  const [row] = await sql.query<{ tokens: number; rate: number; updatedAt: Date }>(
    `SELECT tokens, rate, updated_at AS "updatedAt" FROM usage_plan WHERE operation = 'searchOrders'`,
  );
  if (!row) return { tokens: plan.burst, rate: plan.rate };
  return refill({ ...row, burst: plan.burst, updatedAt: row.updatedAt.getTime() }, now.getTime());
}
