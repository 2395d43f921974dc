import { MAX_CLOCK_SKEW_MS } from '../../core/clock.js';
import type { Sql } from '../../database/sql.js';
import { ClaimLost } from '../../runs/interruptions.js';
import type { ClaimedRun } from '../../runs/run-row.js';
import { failureBehind } from '../../spapi/http/errors.js';
import type { SyncParts } from '../sync-parts.js';
import { moveCursors } from './cursors.js';
import type { Leg, Window } from './window.js';

/**
 * One order can make each answer that holds it malformed, for days (docs#970). A page token can't step over it, so the
 * search is split in time, again and again, until the order is alone in an interval of a second. All else is read; the
 * interval is kept in `rejected_order` and in the coverage, and later runs read it again.
 */
export interface UnreadableInterval {
  readonly marketplaceIds: readonly string[];
  readonly from: Date;
  readonly until: Date;
  readonly triedAt: Date;
}

/** Amazon is sent whole seconds. */
const MIN_WIDTH_MS = 1_000;
const RETRY_EVERY_MS = 3_600_000;
/** Of intervals outside of its window, so many are read again by a run. */
const MAX_RETRIES = 10;

/** The two halves of a search, which share an instant; null for one that can't be split further. */
export function splitInTime(leg: Leg, updatedBefore: Date): readonly [Leg, Leg] | null {
  const from = leg.updatedAfter.getTime();
  const until = (leg.updatedBefore ?? updatedBefore).getTime();
  if (until - from <= MIN_WIDTH_MS) return null;
  const middle = new Date(Math.floor((from + until) / 2 / 1000) * 1000);
  return [
    { ...leg, updatedBefore: middle, suspect: 'part' },
    { ...leg, updatedAfter: middle, suspect: 'part' },
  ];
}

/** The intervals that could not be read so far, the one that was tried longest ago first. */
export async function readUnreadableIntervals(sql: Sql): Promise<UnreadableInterval[]> {
  return sql.query<UnreadableInterval>(
    `SELECT marketplace_ids AS "marketplaceIds", updated_from AS "from", updated_until AS "until", rejected_at AS "triedAt"
       FROM rejected_order WHERE updated_from IS NOT NULL ORDER BY rejected_at, id`,
  );
}

/**
 * The window with its searches cut around these intervals, each a search of its own; those outside are added where it is
 * their turn.
 * @param retryAll whether it is the turn of all; else of those last tried more than an hour ago
 */
export function cutAround(
  window: Window,
  intervals: readonly UnreadableInterval[],
  { now, marketplaceIds, retryAll }: { now: Date; marketplaceIds: readonly string[]; retryAll: boolean },
): Window {
  const cut = window.legs.flatMap((leg) => cutLeg(leg, window.updatedBefore, intervals));
  const isDue = ({ triedAt }: UnreadableInterval) => {
    const ago = now.getTime() - triedAt.getTime();
    return retryAll || ago > RETRY_EVERY_MS || ago < -MAX_CLOCK_SKEW_MS;
  };
  const isCovered = ({ from, until, marketplaceIds: ids }: UnreadableInterval) =>
    ids.every((id) =>
      window.legs.some(
        (leg) => leg.marketplaceIds.includes(id) && leg.updatedAfter <= from && until <= window.updatedBefore,
      ),
    );
  const retries = intervals
    .filter((interval) => interval.until <= window.updatedBefore && isDue(interval) && !isCovered(interval))
    .slice(0, MAX_RETRIES)
    .map(({ marketplaceIds: ids, from, until }) => ({
      marketplaceIds: ids.filter((id) => marketplaceIds.includes(id)),
      updatedAfter: from,
      updatedBefore: until,
      suspect: 'known' as const,
    }))
    .filter((leg) => leg.marketplaceIds.length > 0);
  return { ...window, legs: [...cut, ...retries] };
}

function cutLeg(leg: Leg, updatedBefore: Date, intervals: readonly UnreadableInterval[]): Leg[] {
  const concerned = intervals
    .filter(({ marketplaceIds }) => marketplaceIds.some((id) => leg.marketplaceIds.includes(id)))
    .filter(({ from, until }) => from >= leg.updatedAfter && until <= updatedBefore)
    .sort((a, b) => a.from.getTime() - b.from.getTime());
  const legs: Leg[] = [];
  let at = leg.updatedAfter;
  for (const { from, until } of concerned) {
    if (until <= at) continue;
    const start = from > at ? from : at;
    if (start > at) legs.push({ ...leg, updatedAfter: at, updatedBefore: start });
    legs.push({ ...leg, updatedAfter: start, updatedBefore: until, suspect: 'known' });
    at = until;
  }
  if (legs.length === 0) return [leg];
  return [...legs, { ...leg, updatedAfter: at }];
}

/**
 * Names the interval of this search as one that could not be read, moves the cursors over it, and goes on to the leg after
 * this index. A dry run only goes on.
 * @throws {ClaimLost}
 */
export async function skipUnreadable(
  { database, clock }: SyncParts,
  run: ClaimedRun,
  { leg, index }: { readonly leg: Leg; readonly index: number },
  error: unknown,
): Promise<void> {
  const now = clock.now();
  const until = leg.updatedBefore ?? run.updatedBefore;
  await database.transaction(async (sql) => {
    const rows = await sql.query(
      `UPDATE sync_run
          SET leg = $3, page_query = NULL, page_token = NULL, page_token_at = NULL, orders_rejected = orders_rejected + 1
        WHERE id = $1 AND claim = $2 AND status = 'RUNNING' RETURNING id`,
      [run.id, run.claim, index + 1],
    );
    if (rows.length === 0) throw new ClaimLost();
    if (run.dryRun) return;
    await moveCursors(sql, leg, until, { includeItems: run.includeItems, now });
    const [from, before] = [leg.updatedAfter.toISOString(), until.toISOString()];
    await sql.query(
      `INSERT INTO rejected_order
              (key, reason, payload, run_id, reader_version, rejected_at, updated_from, updated_until, marketplace_ids,
               needs_items)
       VALUES ($1, $2, $3::jsonb, $4, 0, $5, $6, $7, $8, $9)
       ON CONFLICT (key) DO UPDATE
          SET reason = excluded.reason, payload = excluded.payload, run_id = excluded.run_id,
              rejected_at = excluded.rejected_at, marketplace_ids = excluded.marketplace_ids,
              needs_items = rejected_order.needs_items OR excluded.needs_items`,
      [
        `interval:${from}/${before}:${[...leg.marketplaceIds].sort().join()}`,
        reasonOf(from, before, error),
        JSON.stringify({ marketplaceIds: leg.marketplaceIds, lastUpdatedAfter: from, lastUpdatedBefore: before }),
        run.id,
        now,
        leg.updatedAfter,
        until,
        leg.marketplaceIds,
        run.includeItems,
      ],
    );
  });
}

function reasonOf(from: string, until: string, error: unknown): string {
  const requestId = failureBehind(error)?.requestId;
  return (
    `An order last updated from ${from} to ${until} makes each answer of Amazon's that holds it malformed (not whole ` +
    'JSON). Other orders of this interval may be missing too. Later runs read it again, hourly; if it stays so for days, ' +
    `report it to Amazon's developer support${requestId ? ` with the request id ${requestId}` : ''}.`
  );
}
