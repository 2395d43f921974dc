import { addDays, type DateRange, lengthInDays } from './date-range.js';

export type Interval = 'DAY' | 'WEEK' | 'MONTH';

/** The API returns at most 5,000 rows: one for each interval, marketplace and currency. */
const MAX_ROWS = 4_000;
const MAX_DAYS = 400;

/** Returns the shortest interval with which a range fits into one answer of the API. */
export function intervalFor(range: DateRange, marketplaces: number): Interval {
  const days = lengthInDays(range);
  const rows = days * Math.max(1, marketplaces);
  if (rows <= MAX_ROWS && days <= MAX_DAYS) return 'DAY';
  return rows / 7 <= MAX_ROWS && days <= 3 * MAX_DAYS ? 'WEEK' : 'MONTH';
}

/** Splits a range into its days, weeks from Monday or months, or if they are more than `max`, groups of neighbours. */
export function toBuckets(range: DateRange, interval: Interval, max: number): DateRange[] {
  const starts: string[] = [];
  for (let start = range.from; start <= range.to; start = nextStart(start, interval)) starts.push(start);
  const size = Math.max(1, Math.ceil(starts.length / Math.max(1, max)));
  return starts.flatMap((from, index) => {
    if (index % size !== 0) return [];
    const next = starts[index + size];
    return [{ from, to: next === undefined ? range.to : addDays(next, -1) }];
  });
}

function nextStart(date: string, interval: Interval): string {
  if (interval === 'DAY') return addDays(date, 1);
  const [year = 0, month = 1] = date.split('-').map(Number);
  if (interval === 'MONTH') return new Date(Date.UTC(year, month)).toISOString().slice(0, 10);
  const daysSinceMonday = (new Date(date).getUTCDay() + 6) % 7;
  return addDays(date, 7 - daysSinceMonday);
}

/** A label below the bar with this index. */
export interface Tick {
  readonly index: number;
  readonly date: string;
  readonly isMonth: boolean;
}

/** Longer ranges are labelled at the starts of months. */
const MAX_LABELLED_DAYS = 62;

/**
 * Chooses the bars that get a label, so that neighbouring labels don't touch.
 * @param step distance between the centres of two bars, in pixels
 * @param labelWidth room for a label, in pixels
 */
export function chooseTicks(buckets: readonly DateRange[], step: number, labelWidth: number): Tick[] {
  const [first] = buckets;
  const last = buckets.at(-1);
  if (!first || !last) return [];
  const isMonth = lengthInDays({ from: first.from, to: last.to }) > MAX_LABELLED_DAYS;
  const candidates = buckets.flatMap(({ from, to }, index) => {
    const date = isMonth ? `${to.slice(0, 7)}-01` : from;
    return date >= from ? [{ index, date, isMonth }] : [];
  });
  const ticks: Tick[] = [];
  const gap = Math.max(1, ...candidates.slice(1).map(({ index }, at) => index - (candidates[at]?.index ?? 0)));
  const every = Math.max(1, Math.ceil(labelWidth / (step * gap)));
  for (const [at, tick] of candidates.entries()) {
    const previous = ticks.at(-1);
    if (at % every === 0 && (!previous || (tick.index - previous.index) * step >= labelWidth)) ticks.push(tick);
  }
  return ticks;
}

/** Returns the last day of the interval that starts on a day, within a range that ends with `to`. */
export function intervalEnd(start: string, interval: Interval, to: string): string {
  const end = addDays(nextStart(start, interval), -1);
  return end < to ? end : to;
}
