import { useEffect, useState } from 'preact/hooks';
import { lazily } from './lazily.js';
import { LOCALE } from './locale.js';

const full = lazily(() => new Intl.DateTimeFormat(LOCALE, { dateStyle: 'full', timeStyle: 'long' }));
const withYear = lazily(() => new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'short' }));
const withoutYear = lazily(
  () => new Intl.DateTimeFormat(LOCALE, { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' }),
);
const clock = lazily(() => new Intl.DateTimeFormat(LOCALE, { timeStyle: 'medium' }));
const day = lazily(() => new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeZone: 'UTC' }));
const relative = lazily(() => new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' }));
const DAY_SECONDS = 86_400;
const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** An ISO 8601 instant in the viewer's time zone, with the full one on hover. */
export function Time({ at }: { readonly at: string }) {
  const date = new Date(at);
  const { format } = date.getFullYear() === new Date().getFullYear() ? withoutYear() : withYear();
  return (
    <time dateTime={at} title={`${full().format(date)} (${at})`}>
      {format(date)}
    </time>
  );
}

/**
 * An ISO 8601 instant relative to now ("3 minutes ago"), updated each second, with the full one on hover; one more than
 * a day away as its date.
 */
export function RelativeTime({ at }: { readonly at: string }) {
  const seconds = Math.round((Date.parse(at) - useNow()) / 1000);
  if (Math.abs(seconds) >= DAY_SECONDS) return <Time at={at} />;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? (['second', 1] as const);
  return (
    <time dateTime={at} title={`${full().format(new Date(at))} (${at})`}>
      {Math.abs(seconds) < 5 ? 'now' : relative().format(Math.trunc(seconds / size), unit)}
    </time>
  );
}

/** Returns the present in epoch milliseconds, updated each second. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** Formats milliseconds: "42 s", "3 min 5 s", "2 h 4 min". */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}

/** Formats an ISO 8601 instant as the viewer's time of day: "16:43:05". */
export const formatClock = (at: string): string => clock().format(new Date(at));

/** Formats a calendar date, or the day of an instant in UTC: "3 Nov 2024". */
export const formatDay = (at: string): string => day().format(Date.parse(at));

/** Formats the first and the last day of a range of instants in UTC: "3 Nov – 2 Dec 2024". */
export const formatDays = ({ from, until }: { readonly from: string; readonly until: string }): string =>
  day().formatRange(Date.parse(from), Date.parse(until) - 1);

/** Formats the first and the last of a range of calendar dates: "3 Nov – 2 Dec 2024". */
export const formatDateRange = ({ from, to }: { readonly from: string; readonly to: string }): string =>
  day().formatRange(Date.parse(from), Date.parse(to));
