/** A page of a run's work that is read in order of time. */
export interface PageTimes {
  /** The times of its records. */
  readonly times: readonly Date[];
  readonly isLast: boolean;
  /** Start and index of the part of the work that it belongs to, and the number of parts. */
  readonly from: Date;
  readonly index: number;
  readonly count: number;
}

/**
 * Estimates a run's progress from 0 to 1. Amazon gives no total; while records come in order of time, the newest one seen
 * shows how far the run is in its window. When they don't, the progress is unknown: null.
 */
export class Progress {
  readonly #until: Date;
  #newest = Number.NEGATIVE_INFINITY;
  #inOrder = true;

  constructor(until: Date) {
    this.#until = until;
  }

  /** Returns the progress after this page. */
  after({ times, isLast, from, index, count }: PageTimes): number | null {
    if (isLast) {
      this.#newest = Number.NEGATIVE_INFINITY;
      this.#inOrder = true;
      return (index + 1) / count;
    }
    const ms = times.map((time) => time.getTime());
    if (Math.min(...ms) < this.#newest) this.#inOrder = false;
    this.#newest = Math.max(this.#newest, ...ms);
    if (!this.#inOrder || this.#newest === Number.NEGATIVE_INFINITY) return null;
    const part = (this.#newest - from.getTime()) / Math.max(1, this.#until.getTime() - from.getTime());
    return (index + Math.min(1, Math.max(0, part))) / count;
  }
}

/** Tokens in the bucket of an operation, and how many are added per second. */
export interface Quota {
  readonly tokens: number;
  readonly rate: number;
}

/** The input of a forecast. */
export interface Outlook {
  /** Pages read so far. */
  readonly pages: number;
  /** From 0 to 1; null while unknown. */
  readonly progress: number | null;
  readonly quota: Quota | null;
  /** Time a page takes besides waiting for quota, in milliseconds. */
  readonly pageMs: number;
}

/** Forecasts when the run ends, if the rest of its window is as dense as the part that was read; null while unknown. */
export function forecastFinish(now: Date, { pages, progress, quota, pageMs }: Outlook): Date | null {
  if (progress === null || progress <= 0 || quota === null) return null;
  return forecastPages(now, Math.max(0, Math.ceil(pages / progress) - pages), quota, pageMs);
}

/** Forecasts when this number of pages will have been read. */
export function forecastPages(now: Date, pages: number, quota: Quota, pageMs: number): Date {
  const waitMs = (Math.max(0, pages - quota.tokens) / quota.rate) * 1000;
  return new Date(now.getTime() + waitMs + pages * pageMs);
}
