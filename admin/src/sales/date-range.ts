import { parseDate } from '../ui/date.js';

const DAY_MS = 86_400_000;
const MAX_DAYS = 3_700;

/** Calendar dates, both inclusive: "2026-11-24". */
export interface DateRange {
  readonly from: string;
  readonly to: string;
}

/** Returns today's date in the viewer's time zone. */
export function today(now = new Date()): string {
  const pad = (value: number) => String(value).padStart(2, '0');
  return `${now.getFullYear()}-${pad(now.getMonth() + 1)}-${pad(now.getDate())}`;
}

/** Returns the last `days` days up to `to`, including it. */
export const lastDays = (days: number, to = today()): DateRange => ({ from: addDays(to, 1 - days), to });

export const addDays = (date: string, days: number): string =>
  new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);

export const lengthInDays = ({ from, to }: DateRange): number =>
  Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;

/** Reads `from` and `to`, or `days`, from a URL's query; returns the last 30 days if they are missing or invalid. */
export function parseRange(query: URLSearchParams, now = today()): DateRange {
  const [from, to] = [parseDate(query.get('from')), parseDate(query.get('to'))];
  if (from && to && from <= to && lengthInDays({ from, to }) <= MAX_DAYS) return { from, to };
  const days = Number(query.get('days') ?? 30);
  return lastDays(Number.isInteger(days) && days > 0 && days <= MAX_DAYS ? days : 30, now);
}

/** Splits a range into at most `max` buckets of neighbouring days. */
export function toBuckets(range: DateRange, max: number): DateRange[] {
  const days = lengthInDays(range);
  const size = Math.max(1, Math.ceil(days / Math.max(1, max)));
  return Array.from({ length: Math.ceil(days / size) }, (_, index) => {
    const from = addDays(range.from, index * size);
    const to = addDays(from, size - 1);
    return { from, to: to < range.to ? to : range.to };
  });
}
