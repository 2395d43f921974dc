import { MAX_CLOCK_SKEW_MS } from '../../core/clock.js';
import type { Sql } from '../../database/database.js';
import type { Search, Window } from './window.js';

/**
 * A time interval that could not be read. One order can make each answer that holds it malformed, for days (docs#970), and a
 * page token can't step over it. So such a search is split in time, again and again, until the order is alone in an interval
 * of a second. All else is read; the interval is stored in `rejected_order`, shown in the coverage, and read again later.
 */
export interface UnreadableInterval {
  readonly marketplaceIds: readonly string[];
  readonly from: Date;
  readonly until: Date;
  readonly triedAt: Date;
}

const RETRY_EVERY_MS = 3_600_000;
/** How many intervals outside of its window a run reads again. */
const MAX_RETRIES = 10;

/** Returns the intervals that `skipUnreadable` (sync/read/failed-searches.ts) stored, by the time of the last try. */
export async function readUnreadableIntervals(sql: Sql): Promise<UnreadableInterval[]> {
  return sql.query<UnreadableInterval>(
    `SELECT marketplace_ids AS "marketplaceIds", updated_from AS "from", updated_until AS "until", rejected_at AS "triedAt"
       FROM rejected_order WHERE updated_from IS NOT NULL ORDER BY rejected_at, id`,
  );
}

/**
 * Cuts the window's searches around these intervals, each of which becomes a search of its own, and adds intervals outside of
 * the window that are due.
 * @param retryAll whether all are due; else those last tried more than an hour ago
 */
export function cutAround(
  window: Window,
  intervals: readonly UnreadableInterval[],
  { now, marketplaceIds, retryAll }: { now: Date; marketplaceIds: readonly string[]; retryAll: boolean },
): Window {
  const cut = window.searches.flatMap((search) => cutSearch(search, window.updatedBefore, intervals));
  const isDue = ({ triedAt }: UnreadableInterval) => {
    const ago = now.getTime() - triedAt.getTime();
    return retryAll || ago > RETRY_EVERY_MS || ago < -MAX_CLOCK_SKEW_MS;
  };
  const isCovered = ({ from, until, marketplaceIds: ids }: UnreadableInterval) =>
    ids.every((id) =>
      window.searches.some(
        (search) => search.marketplaceIds.includes(id) && search.updatedAfter <= from && until <= window.updatedBefore,
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
    .filter((search) => search.marketplaceIds.length > 0);
  return { ...window, searches: [...cut, ...retries] };
}

function cutSearch(search: Search, updatedBefore: Date, intervals: readonly UnreadableInterval[]): Search[] {
  const inside = intervals
    .filter(({ marketplaceIds }) => marketplaceIds.some((id) => search.marketplaceIds.includes(id)))
    .filter(({ from, until }) => from >= search.updatedAfter && until <= updatedBefore)
    .toSorted((a, b) => a.from.getTime() - b.from.getTime());
  const searches: Search[] = [];
  let at = search.updatedAfter;
  for (const { from, until } of inside) {
    if (until <= at) continue;
    const start = from > at ? from : at;
    if (start > at) searches.push({ ...search, updatedAfter: at, updatedBefore: start });
    searches.push({ ...search, updatedAfter: start, updatedBefore: until, suspect: 'known' });
    at = until;
  }
  if (searches.length === 0) return [search];
  return [...searches, { ...search, updatedAfter: at }];
}
