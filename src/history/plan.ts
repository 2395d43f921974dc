import type { SpApiRegion } from '../generated/prisma/client.js';

/** From `from` (inclusive) to `until` (exclusive). */
export interface Interval {
  readonly from: Date;
  readonly until: Date;
}

/** A window of a history, as far as planning needs it. */
export interface PlannedWindow extends Interval {
  readonly marketplaceIds: readonly string[];
  /** Whether Amazon keeps no orders from before it. */
  readonly isOldest: boolean;
}

const DAY_MS = 86_400_000;
/** The longest range of an order report (field: longer ones have a sentence in place of orders). */
const MAX_WINDOW_MS = 30 * DAY_MS;
/** Amazon keeps orders for two years, those of Japan, Australia and Singapore (region FE) since 2016 (model). */
const YEARS_KEPT = 2;
const FIRST_DAY_OF_FE = new Date('2016-01-01T00:00:00Z');

/** Returns from when on Amazon has orders of this region. */
export function amazonKeepsFrom(region: SpApiRegion, now: Date): Date {
  if (region === 'FE') return FIRST_DAY_OF_FE;
  const from = new Date(now);
  from.setUTCFullYear(from.getUTCFullYear() - YEARS_KEPT);
  return from;
}

/** Cuts an interval into windows of 30 days or less, newest first. */
export function cutIntoWindows({ from, until }: Interval): Interval[] {
  const windows: Interval[] = [];
  for (let end = until.getTime(); end > from.getTime(); end -= MAX_WINDOW_MS) {
    const start = Math.max(from.getTime(), end - MAX_WINDOW_MS);
    windows.push({ from: new Date(start), until: new Date(end) });
  }
  return windows;
}

/** Returns the two halves of a window, the newer one first; null if they would be shorter than `minMs`. */
export function halvesOf({ from, until }: Interval, minMs: number): readonly [Interval, Interval] | null {
  const [start, end] = [from.getTime(), until.getTime()];
  if (end - start < 2 * minMs) return null;
  const middle = new Date(Math.floor((start + end) / 2000) * 1000);
  return [
    { from: middle, until },
    { from, until: middle },
  ];
}

/** Joins intervals that touch or overlap; returns them oldest first. */
export function joined(intervals: readonly Interval[]): Interval[] {
  const result: Interval[] = [];
  for (const next of [...intervals].sort((a, b) => a.from.getTime() - b.from.getTime())) {
    const last = result.at(-1);
    if (!last || last.until < next.from) result.push(next);
    else if (last.until < next.until) result[result.length - 1] = { from: last.from, until: next.until };
  }
  return result;
}

/** Returns the parts of an interval that `known` does not cover, oldest first. */
export function missingFrom(whole: Interval, known: readonly Interval[]): Interval[] {
  const missing: Interval[] = [];
  let { from } = whole;
  for (const part of joined(known)) {
    if (part.until <= from) continue;
    if (part.from >= whole.until) break;
    if (part.from > from) missing.push({ from, until: part.from });
    from = part.until;
  }
  if (from < whole.until) missing.push({ from, until: whole.until });
  return missing;
}

export interface HistoryRequest {
  readonly now: Date;
  /** Orders purchased from then on; null: all that Amazon keeps. */
  readonly from: Date | null;
  readonly region: SpApiRegion;
  readonly marketplaceIds: readonly string[];
  readonly existing: readonly PlannedWindow[];
  /** Orders purchased before are not kept; null: all are. */
  readonly keptFrom: Date | null;
}

/**
 * Returns the windows that a history lacks, newest first. A marketplace's history ends where it was first started: what
 * changed since then is read by ordinary runs. Marketplaces that lack the same share windows: a report may have 25 of them.
 */
export function planWindows({
  now,
  from,
  region,
  marketplaceIds,
  existing,
  keptFrom,
}: HistoryRequest): PlannedWindow[] {
  const kept = amazonKeepsFrom(region, now);
  const start = new Date(Math.max(...[kept, from, keptFrom].map((instant) => instant?.getTime() ?? 0)));
  const groups = new Map<string, { ids: string[]; missing: Interval[] }>();
  for (const id of marketplaceIds) {
    const known = existing.filter((window) => window.marketplaceIds.includes(id));
    const until = known.length > 0 ? new Date(Math.max(...known.map((window) => window.until.getTime()))) : now;
    const isWhole = known.some((window) => window.isOldest);
    const missing = missingFrom({ from: isWhole ? oldestOf(known, start) : start, until }, known);
    const key = missing.map((each) => `${each.from.getTime()}-${each.until.getTime()}`).join();
    const group = groups.get(key) ?? { ids: [], missing };
    group.ids.push(id);
    groups.set(key, group);
  }
  return [...groups.values()]
    .flatMap(({ ids, missing }) =>
      missing.flatMap(cutIntoWindows).map((window) => ({
        ...window,
        marketplaceIds: ids,
        isOldest: window.from.getTime() === kept.getTime(),
      })),
    )
    .sort((a, b) => b.until.getTime() - a.until.getTime());
}

function oldestOf(windows: readonly Interval[], start: Date): Date {
  return new Date(Math.max(start.getTime(), Math.min(...windows.map((window) => window.from.getTime()))));
}
