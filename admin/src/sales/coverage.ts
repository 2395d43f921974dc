import type { CoveredRangeFragment } from '../generated/operations.js';
import { addDays, type DateRange, dateIn } from './date-range.js';

/** What of a marketplace's sales is known. */
export interface CoveredDays {
  /** Days whose orders are all in the mirror, oldest first; neighbouring ranges are one. */
  readonly ranges: readonly DateRange[];
  /** The instant up to which the last of them is known; null before the first run. */
  readonly until: string | null;
}

/**
 * Converts the covered instants of a marketplace to the days that they contain as a whole. Its present day counts, since
 * no more of it can be known.
 */
export function coveredDays(coverage: CoveredRangeFragment, timeZone: string, now = Date.now()): CoveredDays {
  const { provenFrom, provenUntil, provenByReport } = coverage;
  const instants = [
    ...provenByReport.map(({ from, until }) => ({ from: Date.parse(from), until: Date.parse(until) })),
    ...(provenFrom && provenUntil ? [{ from: Date.parse(provenFrom), until: Date.parse(provenUntil) }] : []),
  ].sort((a, b) => a.from - b.from);
  const merged: { from: number; until: number }[] = [];
  for (const range of instants) {
    const previous = merged.at(-1);
    if (previous && range.from <= previous.until) previous.until = Math.max(previous.until, range.until);
    else merged.push({ ...range });
  }
  const today = dateIn(timeZone, now);
  const ranges = merged.map(({ from, until }) => {
    const last = dateIn(timeZone, until);
    return { from: firstWholeDay(from, timeZone), to: last === today ? today : addDays(last, -1) };
  });
  return { ranges: ranges.filter(({ from, to }) => from <= to), until: provenUntil };
}

function firstWholeDay(instant: number, timeZone: string): string {
  const day = dateIn(timeZone, instant);
  return dateIn(timeZone, instant - 1) < day ? day : addDays(day, 1);
}

/** Whether all days of a range that have begun are covered. */
export function isCovered({ ranges }: CoveredDays, { from, to }: DateRange, today: string): boolean {
  if (from > today) return true;
  const end = to < today ? to : today;
  return ranges.some((range) => range.from <= from && range.to >= end);
}

/** Returns the first day from which all is covered up to now; null if nothing is. */
export const coveredSince = ({ ranges, until }: CoveredDays): string | null => (until && ranges.at(-1)?.from) ?? null;

/** What of several marketplaces together is known. */
export interface SalesCoverage {
  /** Whether all days of a range that have begun are covered in each marketplace. */
  readonly covers: (range: DateRange) => boolean;
  /** The first day from which all is covered up to now; null if a marketplace has none. */
  readonly since: string | null;
  /** The instant up to which all is known; null if no run has completed a marketplace. */
  readonly until: string | null;
}

export function coverageOf(
  marketplaces: readonly { readonly marketplaceId: string; readonly timeZone: string }[],
  coverage: readonly CoveredRangeFragment[],
): SalesCoverage {
  const each = marketplaces.map(({ marketplaceId, timeZone }) => {
    const known = coverage.find((each) => each.marketplaceId === marketplaceId);
    return { days: known ? coveredDays(known, timeZone) : { ranges: [], until: null }, today: dateIn(timeZone) };
  });
  const since = each.map(({ days }) => coveredSince(days));
  const until = each.map(({ days }) => days.until);
  return {
    covers: (range) => each.every(({ days, today }) => isCovered(days, range, today)),
    since: since.includes(null) ? null : (since.toSorted().at(-1) ?? null),
    until: until.includes(null) ? null : (until.toSorted()[0] ?? null),
  };
}
