import type { SellerAccount } from '../connection/seller-account.js';
import type { Clock } from '../core/clock.js';
import { UserError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Database } from '../database/database.js';
import type { SyncRun } from '../generated/prisma/client.js';
import { type Bucket, DEFAULT_USAGE_PLANS, fullBucket, refill } from '../spapi/http/rate-limit.js';
import type { SyncEngine } from '../sync/engine.js';

export interface SearchRequestsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly account: Pick<SellerAccount, 'mayRunOnSchedule'>;
  readonly engine: Pick<SyncEngine, 'start' | 'nextSyncAt'>;
  /** Whether the runs of the schedule read items. */
  readonly includeItems: boolean;
}

/** Asks for a run when more orders wait than getOrder can bring soon: a search brings 100 with one call. */
export interface SearchRequests {
  /** Asks for a run if one is due. */
  check(): Promise<void>;
  /** Whether more orders waited at the last check than getOrder can bring soon. */
  isOverloaded(): boolean;
}

/** What getOrder can't bring within this time, a search does. */
const HORIZON_MS = 5 * 60_000;
/** A search ends three minutes before now (sync/plan/window.ts), so that it finds nothing newer. */
const SEARCH_LAG_MS = 200_000;

export function createSearchRequests(options: SearchRequestsOptions): SearchRequests {
  const { database, clock, logger, account, engine, includeItems } = options;
  let overloaded = false;
  return {
    isOverloaded: () => overloaded,
    check: async () => {
      const now = clock.now();
      const { waiting, old } = await countWaiting(database, new Date(now.getTime() - SEARCH_LAG_MS));
      overloaded = waiting > 0 && waiting > (await readsWithin(database, now, HORIZON_MS));
      if (!overloaded || old === 0) return;
      const nextMs = (engine.nextSyncAt()?.getTime() ?? Number.POSITIVE_INFINITY) - now.getTime();
      if (nextMs < SEARCH_LAG_MS || (await hasRecentRun(database, now)) || !(await account.mayRunOnSchedule())) return;
      try {
        const run = await engine.start({ trigger: 'SCHEDULE', dryRun: false, includeItems });
        logger.info(
          { runId: String(run.id), waiting },
          'More orders were notified than can be read one by one: a sync was started.',
        );
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    },
  };
}

async function countWaiting(database: Database, until: Date): Promise<{ waiting: number; old: number }> {
  const [row] = await database.query<{ waiting: number; old: number }>(
    'SELECT count(*)::int AS waiting, count(*) FILTER (WHERE event_at < $1)::int AS old FROM notified_order WHERE attempts = 0',
    [until],
  );
  return row ?? { waiting: 0, old: 0 };
}

/** How many orders the bucket of getOrder allows to read within a time. */
async function readsWithin(database: Database, now: Date, ms: number): Promise<number> {
  const [row] = await database.query<Pick<Bucket, 'tokens' | 'rate'> & { readonly updatedAt: Date }>(
    `SELECT tokens, rate, updated_at AS "updatedAt" FROM usage_plan WHERE operation = 'getOrder'`,
  );
  const plan = DEFAULT_USAGE_PLANS.getOrder;
  const bucket = row
    ? { ...row, burst: plan.burst, updatedAt: row.updatedAt.getTime() }
    : fullBucket(plan, now.getTime());
  const { tokens, rate } = refill(bucket, now.getTime());
  return tokens + (rate * ms) / 1_000;
}

/** Whether a run with orders was started within the horizon, or is running. */
async function hasRecentRun(database: Database, now: Date): Promise<boolean> {
  const rows = await database.query(
    `SELECT id FROM sync_run
      WHERE kind = 'ORDERS' AND NOT dry_run AND (status = 'RUNNING' OR started_at BETWEEN $1 AND $2) LIMIT 1`,
    [new Date(now.getTime() - HORIZON_MS), new Date(now.getTime() + HORIZON_MS)],
  );
  return rows.length > 0;
}

/** Orders that stay after a run although it should have brought them: it may have missed them, and they are few. */
const MAX_KEPT = 30;

/**
 * Deletes waiting orders that a run of kind ORDERS has covered: notified before it began, and changed before the end of its
 * window. A few that the mirror still lacks stay, to be read by their ids: lists of Amazon's have missed orders.
 */
export async function dropCovered(
  sql: Pick<Database, 'query'>,
  run: Pick<SyncRun, 'startedAt' | 'updatedBefore'>,
): Promise<number> {
  const rows = await sql.query(
    `WITH covered AS MATERIALIZED (
       SELECT amazon_order_id, NOT has_change_time OR EXISTS (
                SELECT FROM amazon_order o
                 WHERE o.amazon_order_id = w.amazon_order_id AND o.last_update_date >= date_trunc('second', w.event_at)
              ) AS is_there
         FROM notified_order w WHERE event_at < $1 AND received_at < $2 FOR UPDATE SKIP LOCKED
     )
     DELETE FROM notified_order w USING covered c
      WHERE c.amazon_order_id = w.amazon_order_id
        AND (c.is_there OR (SELECT count(*) FROM covered WHERE NOT is_there) > ${MAX_KEPT})
     RETURNING 1 AS one`,
    [run.updatedBefore, run.startedAt],
  );
  return rows.length;
}
