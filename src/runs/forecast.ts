/** What a run still has to do, and with which quota. */
export interface Outlook {
  /** Pages read so far. */
  readonly pages: number;
  /** How far the run is, from 0 to 1; null while unknown. */
  readonly progress: number | null;
  /** What is left in the bucket, and how many tokens drip in a second. */
  readonly quota: { readonly tokens: number; readonly rate: number } | null;
  /** How long a page takes besides waiting for quota, in milliseconds. */
  readonly pageMs: number;
}

/** When the run will have ended, if orders lie in the rest of the window as they did so far; null while unknown. */
export function forecastFinish(now: Date, { pages, progress, quota, pageMs }: Outlook): Date | null {
  if (progress === null || progress <= 0 || quota === null) return null;
  return after(now, Math.max(0, Math.ceil(pages / progress) - pages), quota, pageMs);
}

/** When so many pages will have been read, from the first on. */
export function after(now: Date, pages: number, quota: { tokens: number; rate: number }, pageMs: number): Date {
  const waitMs = (Math.max(0, pages - quota.tokens) / quota.rate) * 1000;
  return new Date(now.getTime() + waitMs + pages * pageMs);
}
