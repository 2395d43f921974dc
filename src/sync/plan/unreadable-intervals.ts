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

interface CutOptions {
  readonly now: Date;
  readonly marketplaceIds: readonly string[];
  /** Whether all intervals are due; else those last tried more than an hour ago. */
  readonly retryAll: boolean;
  /** How far before an interval is read again with it: its order may have a little older date by now. */
  readonly overlapMs: number;
}

/**
 * Cuts the window's searches around these intervals, each of which becomes a search of its own, and adds intervals outside of
 * the window that are due.
 */
export function cutAround(window: Window, intervals: readonly UnreadableInterval[], options: CutOptions): Window {
  const { now, marketplaceIds, retryAll, overlapMs } = options;
  const isWithin = ({ from, until }: UnreadableInterval, { updatedAfter }: Search) =>
    updatedAfter <= from && until <= window.updatedBefore;
  /** The overlap ends at the interval before, which is read again by itself. */
  const startOf = ({ from }: UnreadableInterval) =>
    latestOf([
      new Date(from.getTime() - overlapMs),
      ...intervals.flatMap(({ until }) => (until <= from ? [until] : [])),
    ]);
  const cut = window.searches.flatMap((search) => {
    const inside = intervals.filter(
      (interval) =>
        isWithin(interval, search) && interval.marketplaceIds.some((id) => search.marketplaceIds.includes(id)),
    );
    const updatedAfter = earliestOf([search.updatedAfter, ...inside.map(startOf)]);
    return cutSearch({ ...search, updatedAfter }, inside);
  });
  const isDue = ({ triedAt }: UnreadableInterval) => {
    const ago = now.getTime() - triedAt.getTime();
    return retryAll || ago > RETRY_EVERY_MS || ago < -MAX_CLOCK_SKEW_MS;
  };
  const isCovered = (interval: UnreadableInterval) =>
    interval.marketplaceIds.every((id) =>
      window.searches.some((search) => search.marketplaceIds.includes(id) && isWithin(interval, search)),
    );
  const retries = intervals
    .filter((interval) => interval.until <= window.updatedBefore && isDue(interval) && !isCovered(interval))
    .slice(0, MAX_RETRIES)
    .flatMap((interval): Search[] => {
      const { from, until } = interval;
      const ids = interval.marketplaceIds.filter((id) => marketplaceIds.includes(id));
      const start = startOf(interval);
      const before = { marketplaceIds: ids, updatedAfter: start, updatedBefore: from };
      const itself = { marketplaceIds: ids, updatedAfter: from, updatedBefore: until, suspect: 'known' as const };
      return ids.length === 0 ? [] : start < from ? [before, itself] : [itself];
    });
  const searches = [...cut, ...retries];
  const updatedAfter = earliestOf([window.updatedAfter, ...cut.map((search) => search.updatedAfter)]);
  return { ...window, updatedAfter, searches };
}

function cutSearch(search: Search, intervals: readonly UnreadableInterval[]): Search[] {
  const searches: Search[] = [];
  let at = search.updatedAfter;
  for (const { from, until } of intervals.toSorted((a, b) => a.from.getTime() - b.from.getTime())) {
    if (until <= at) continue;
    const start = from > at ? from : at;
    if (start > at) searches.push({ ...search, updatedAfter: at, updatedBefore: start });
    searches.push({ ...search, updatedAfter: start, updatedBefore: until, suspect: 'known' });
    at = until;
  }
  if (searches.length === 0) return [search];
  return [...searches, { ...search, updatedAfter: at }];
}

const earliestOf = (times: readonly Date[]) => new Date(Math.min(...times.map((time) => time.getTime())));
const latestOf = (times: readonly Date[]) => new Date(Math.max(...times.map((time) => time.getTime())));
