import { parseDate } from '../ui/date.js';

const DAY_MS = 86_400_000;
const MAX_DAYS = 3_700;

/** Calendar dates, both inclusive: "2026-11-24". */
export interface DateRange {
  readonly from: string;
  readonly to: string;
}

/** Returns the calendar date of an instant in a time zone (IANA name). */
export function dateIn(timeZone: string, at: Date | number = Date.now()): string {
  // Swedish dates are ISO 8601.
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(at);
}

/** Returns the latest of the marketplaces' dates; in UTC without any. */
export function today(marketplaces: readonly { readonly timeZone: string }[], now = Date.now()): string {
  return (
    marketplaces
      .map(({ timeZone }) => dateIn(timeZone, now))
      .sort()
      .at(-1) ?? dateIn('UTC', now)
  );
}

/** Returns the last `days` days up to `to`, including it. */
export const lastDays = (days: number, to: string): DateRange => ({ from: addDays(to, 1 - days), to });

export const addDays = (date: string, days: number): string =>
  new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);

export const lengthInDays = ({ from, to }: DateRange): number =>
  Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;

/** Returns the first day of the month `months` after that of a date. */
function startOfMonth(date: string, months = 0): string {
  const [year = 0, month = 1] = date.split('-').map(Number);
  return new Date(Date.UTC(year, month - 1 + months)).toISOString().slice(0, 10);
}

/** Ranges that move with the day. `before` is what they are compared with. */
interface Preset {
  readonly name: string;
  readonly range: (today: string) => DateRange;
  readonly before: (range: DateRange) => DateRange;
}

/** The same number of days before a range. */
function daysBefore(range: DateRange): DateRange {
  return lastDays(lengthInDays(range), addDays(range.from, -1));
}

/** The month before, up to the same day of it; the whole month if the range ends with its month. */
function monthBefore({ from, to }: DateRange): DateRange {
  const end = addDays(from, -1);
  const start = startOfMonth(end);
  const sameDay = addDays(start, lengthInDays({ from, to }) - 1);
  const isWhole = addDays(to, 1) === startOfMonth(from, 1);
  return { from: start, to: isWhole || sameDay > end ? end : sameDay };
}

const lastDaysPreset = (days: number, name = `${days} days`): Preset => ({
  name,
  range: (today) => lastDays(days, today),
  before: daysBefore,
});

export const PRESETS: Readonly<Record<string, Preset>> = {
  today: { name: 'Today', range: (today) => ({ from: today, to: today }), before: daysBefore },
  yesterday: { name: 'Yesterday', range: (today) => lastDays(1, addDays(today, -1)), before: daysBefore },
  '7-days': lastDaysPreset(7),
  '30-days': lastDaysPreset(30),
  '90-days': lastDaysPreset(90),
  'this-month': {
    name: 'This month',
    range: (today) => ({ from: startOfMonth(today), to: today }),
    before: monthBefore,
  },
  'last-month': {
    name: 'Last month',
    range: (today) => ({ from: startOfMonth(today, -1), to: addDays(startOfMonth(today), -1) }),
    before: monthBefore,
  },
  '1-year': lastDaysPreset(365, '1 year'),
};
const DEFAULT_PRESET = '30-days';

export interface Period {
  readonly range: DateRange;
  /** What it is compared with. */
  readonly before: DateRange;
  /** Key of PRESETS; null for a range of fixed dates. */
  readonly preset: string | null;
}

/** Reads `from` and `to`, or `period`, from a URL's query; returns the last 30 days if they are missing or invalid. */
export function parsePeriod(query: URLSearchParams, today: string): Period {
  const [from, to] = [parseDate(query.get('from')), parseDate(query.get('to'))];
  if (from && to && from <= to && lengthInDays({ from, to }) <= MAX_DAYS) {
    const range = { from, to };
    return { range, before: daysBefore(range), preset: null };
  }
  const asked = query.get('period') ?? '';
  const preset = Object.hasOwn(PRESETS, asked) ? asked : DEFAULT_PRESET;
  const { range: rangeOf, before } = PRESETS[preset] as Preset;
  const range = rangeOf(today);
  return { range, before: before(range), preset };
}
