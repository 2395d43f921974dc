const DAY_MS = 86_400_000;
const LONGEST_DAYS = 3_700;

/** Both inclusive, as calendar dates: "2026-11-24". */
export interface Range {
  readonly from: string;
  readonly to: string;
}

/** Today's date where the viewer is. */
export function today(now = new Date()): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** The last so many days, today among them. */
export const lastDays = (days: number, to = today()): Range => ({ from: shifted(to, 1 - days), to });

/** A date so many days later. */
export const shifted = (date: string, days: number): string => dateOf(Date.parse(date) + days * DAY_MS);

/** All dates of a range, the first one first. */
export function datesOf({ from, to }: Range): string[] {
  return Array.from({ length: lengthOf({ from, to }) }, (_, index) => shifted(from, index));
}

/** How many days a range has. */
export const lengthOf = ({ from, to }: Range): number => Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;

/** The range that an address names (`from` and `to`, or `days`); 30 days where it names none that can be. */
export function rangeFrom(address: URLSearchParams, now = today()): Range {
  const [from, to] = [address.get('from'), address.get('to')];
  if (isDate(from) && isDate(to) && from <= to && lengthOf({ from, to }) <= LONGEST_DAYS) return { from, to };
  const days = Number(address.get('days') ?? 30);
  return lastDays(Number.isInteger(days) && days > 0 && days <= LONGEST_DAYS ? days : 30, now);
}

const dateOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

function isDate(text: string | null): text is string {
  return (
    text !== null &&
    /^\d{4}-\d\d-\d\d$/.test(text) &&
    !Number.isNaN(Date.parse(text)) &&
    dateOf(Date.parse(text)) === text
  );
}
