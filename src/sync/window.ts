/** Amazon refuses an upper bound younger than two minutes (model); a minute more for clocks that disagree. */
export const SETTLE_MS = 2 * 60_000 + 60_000;

/** One search: these marketplaces, from this instant to the run's upper bound. */
export interface Leg {
  readonly marketplaceIds: readonly string[];
  readonly updatedAfter: Date;
}

export interface Window {
  /** The earliest of the legs' bounds. */
  readonly updatedAfter: Date;
  /** Frozen for the whole run; a whole second, as Amazon is sent it. */
  readonly updatedBefore: Date;
  readonly legs: readonly Leg[];
}

export interface WindowRequest {
  readonly now: Date;
  readonly marketplaceIds: readonly string[];
  /** Up to which instant each marketplace is proven; a new marketplace has none. */
  readonly cursors: ReadonlyMap<string, Date>;
  readonly overlapMs: number;
  readonly firstWindowMs: number;
}

/**
 * What a run reads: marketplaces with a cursor from the oldest of their cursors, less the overlap, in one search;
 * new ones from their own first window in another. One search where none, or all, are new.
 */
export function planWindow({ now, marketplaceIds, cursors, overlapMs, firstWindowMs }: WindowRequest): Window {
  const updatedBefore = wholeSecond(now.getTime() - SETTLE_MS);
  const known = marketplaceIds.filter((id) => cursors.has(id));
  const fresh = marketplaceIds.filter((id) => !cursors.has(id));
  const oldestCursor = Math.min(...known.map((id) => cursors.get(id)?.getTime() ?? Number.POSITIVE_INFINITY));

  const legs: Leg[] = [];
  if (known.length > 0) legs.push(leg(known, oldestCursor - overlapMs, updatedBefore));
  if (fresh.length > 0) legs.push(leg(fresh, now.getTime() - firstWindowMs, updatedBefore));
  const updatedAfter = new Date(Math.min(updatedBefore.getTime(), ...legs.map((each) => each.updatedAfter.getTime())));
  return { updatedAfter, updatedBefore, legs };
}

/** A clock that was set back must not turn the window round. */
function leg(marketplaceIds: readonly string[], from: number, updatedBefore: Date): Leg {
  return { marketplaceIds, updatedAfter: wholeSecond(Math.min(from, updatedBefore.getTime())) };
}

function wholeSecond(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}
