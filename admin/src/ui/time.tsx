import { useNow } from './now.js';

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });
const short = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const thisYear = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
});
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** An instant in the viewer's zone, without the year in this one, with the exact one on hover. */
export function Time({ at }: { readonly at: string }) {
  const date = new Date(at);
  const { format } = date.getFullYear() === new Date().getFullYear() ? thisYear : short;
  return (
    <time dateTime={at} title={`${exact.format(date)} (${at})`}>
      {format(date)}
    </time>
  );
}

/** An instant by its distance from now ("3 minutes ago"), kept up to date, with the exact one on hover. */
export function Ago({ at }: { readonly at: string }) {
  const now = useNow(1_000);
  const seconds = Math.round((Date.parse(at) - now) / 1000);
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? (['second', 1] as const);
  return (
    <time dateTime={at} title={`${exact.format(new Date(at))} (${at})`}>
      {Math.abs(seconds) < 5 ? 'now' : relative.format(Math.trunc(seconds / size), unit)}
    </time>
  );
}

/** A span as people say it: "42 s", "3 min 5 s", "2 h 4 min". */
export function spanOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** An instant's time of day in the viewer's zone: "16:43:05". */
export const clockTime = (at: string): string => clock.format(new Date(at));
