/** A range of time that a report covers, as ISO 8601 instants. */
interface TimeRange {
  readonly from: string;
  readonly until: string;
}

/** The part of a window that lies in a year. */
export interface Bar<Window> {
  readonly window: Window;
  /** Start and length as shares of the year, from 0 to 1. */
  readonly start: number;
  readonly length: number;
  /** Windows of other marketplaces may overlap: then they are drawn below each other. From 0 on. */
  readonly lane: number;
  /** Whether this is the longer part of a window that lies in two years. */
  readonly isMain: boolean;
}

export interface Year<Window> {
  readonly year: number;
  readonly lanes: number;
  readonly bars: readonly Bar<Window>[];
}

/** Cuts windows at the ends of years (UTC) and returns the years, newest first, each with its bars, oldest first. */
export function toYears<Window extends TimeRange>(windows: readonly Window[]): Year<Window>[] {
  const parts = windows.flatMap(partsOf).sort((a, b) => a.from - b.from);
  const years = [...new Set(parts.map(({ year }) => year))].sort((a, b) => b - a);
  return years.map((year) => {
    /** Where each lane is free again, in epoch milliseconds. */
    const ends: number[] = [];
    const bars = parts
      .filter((part) => part.year === year)
      .map((part) => {
        const free = ends.findIndex((end) => end <= part.from);
        const lane = free === -1 ? ends.length : free;
        ends[lane] = part.until;
        return { ...part, lane };
      });
    return { year, lanes: ends.length, bars };
  });
}

/** Times are in epoch milliseconds. */
function partsOf<Window extends TimeRange>(window: Window) {
  const [from, until] = [Date.parse(window.from), Date.parse(window.until)];
  const parts = [];
  for (let year = new Date(from).getUTCFullYear(); Date.UTC(year) < until; year += 1) {
    const [first, next] = [Date.UTC(year), Date.UTC(year + 1)];
    const part = { from: Math.max(from, first), until: Math.min(until, next) };
    parts.push({
      window,
      year,
      ...part,
      start: (part.from - first) / (next - first),
      length: (part.until - part.from) / (next - first),
      isMain: part.until - part.from > (until - from) / 2,
    });
  }
  return parts;
}
