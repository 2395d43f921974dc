const DAY = 86_400_000;

/** The text of each day that was asked for: a formatted date costs more than all else in an order's JSON. */
const days = new Map<number, string>();

/** Formats an instant (epoch milliseconds, years 0 to 9999) as `Date.toISOString` does, several times faster. */
export function isoTime(ms: number): string {
  const day = Math.floor(ms / DAY);
  return `${days.get(day) ?? keepDay(day)}${timeOfDay(Math.trunc(ms) - day * DAY)}Z`;
}

function keepDay(day: number): string {
  const text = new Date(day * DAY).toISOString().slice(0, 11);
  if (days.size > 10_000) days.clear();
  days.set(day, text);
  return text;
}

function timeOfDay(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const rest = ms % 1000;
  const thousandths = rest < 10 ? `00${rest}` : rest < 100 ? `0${rest}` : rest;
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}.${thousandths}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}
