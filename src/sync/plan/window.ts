import { MAX_CLOCK_SKEW_MS } from '../../core/clock.js';

/** Amazon refuses an upper bound younger than two minutes (model); one more minute allows for clock skew. */
export const SETTLE_MS = 2 * 60_000 + 60_000;
/** How far back the daily sweep reads: lists have returned orders late (docs#86). */
const SWEEP_MS = 48 * 60 * 60_000;

/** One search of a run, stored in `sync_run.legs`: these marketplaces, from this instant to its own or the run's bound. */
export interface Search {
  readonly marketplaceIds: readonly string[];
  readonly updatedAfter: Date;
  /** Set if the search ends before the run's upper bound. */
  readonly updatedBefore?: Date;
  /** Whether Amazon refused its only marketplace last time. */
  readonly refusedBefore?: true;
  /** `part`: split off a search whose answer was malformed. `known`: an interval that an earlier run could not read. */
  readonly suspect?: 'part' | 'known';
}

export interface Window {
  /** The earliest of the searches' bounds. */
  readonly updatedAfter: Date;
  /** Fixed for the whole run; a whole second. */
  readonly updatedBefore: Date;
  readonly searches: readonly Search[];
}

/** The cursor of a marketplace. */
export interface CursorState {
  /** Until when every update of its orders is known to be mirrored; null before the first complete run. */
  readonly provenUntil: Date | null;
  /** The same for their items. */
  readonly itemsProvenUntil: Date | null;
  /** Whether Amazon refused its last search. */
  readonly refused: boolean;
}

export interface WindowRequest {
  readonly now: Date;
  readonly marketplaceIds: readonly string[];
  /** By marketplace id; a new marketplace has none. */
  readonly cursors: ReadonlyMap<string, CursorState>;
  readonly includeItems: boolean;
  readonly sweep: boolean;
  readonly overlapMs: number;
  readonly firstWindowMs: number;
}

/**
 * Plans what a run reads. Marketplaces that have a cursor share one search, from the oldest cursor less the overlap; new ones
 * share another, from their first window. Marketplaces that Amazon refused last time get a search each, because one refused
 * marketplace makes the whole search fail.
 */
export function planWindow(request: WindowRequest): Window {
  const { now, marketplaceIds, includeItems } = request;
  const cursors = withoutFuture(request.cursors, now);
  const updatedBefore = wholeSecond(now.getTime() - SETTLE_MS);
  const isRefused = (id: string) => cursors.get(id)?.refused === true;
  const isKnown = (id: string) => {
    const cursor = cursors.get(id);
    return (includeItems ? cursor?.itemsProvenUntil : cursor?.provenUntil) != null;
  };
  const accepted = marketplaceIds.filter((id) => !isRefused(id));
  const groups = [
    accepted.filter(isKnown),
    accepted.filter((id) => !isKnown(id)),
    ...marketplaceIds.filter(isRefused).map((id) => [id]),
  ];
  const searches = groups
    .filter((ids) => ids.length > 0)
    .map((ids) => {
      const starts = ids.flatMap((id) => startsOf(cursors.get(id), request));
      const updatedAfter = wholeSecond(Math.min(...starts, updatedBefore.getTime()));
      return { marketplaceIds: ids, updatedAfter, ...(ids.every(isRefused) && { refusedBefore: true as const }) };
    });
  const updatedAfter = new Date(
    Math.min(updatedBefore.getTime(), ...searches.map((each) => each.updatedAfter.getTime())),
  );
  return { updatedAfter, updatedBefore, searches };
}

/** Drops instants in the future: a wrong clock has stored them, and they prove nothing. */
function withoutFuture(cursors: WindowRequest['cursors'], now: Date): WindowRequest['cursors'] {
  const latest = now.getTime() + MAX_CLOCK_SKEW_MS;
  const past = (until: Date | null) => (until !== null && until.getTime() <= latest ? until : null);
  return new Map(
    [...cursors].map(([id, { refused, provenUntil, itemsProvenUntil }]) => [
      id,
      { refused, provenUntil: past(provenUntil), itemsProvenUntil: past(itemsProvenUntil) },
    ]),
  );
}

/**
 * Returns the instants from which a marketplace's orders and items must be read, in epoch milliseconds, so that neither
 * proven interval gets a gap: a first run with items starts where the last run without items ended, however long ago.
 */
function startsOf(cursor: CursorState | undefined, request: WindowRequest): number[] {
  const { now, includeItems, sweep, overlapMs, firstWindowMs } = request;
  const first = now.getTime() - firstWindowMs;
  const next = (until: Date) => until.getTime() - overlapMs;
  const { provenUntil = null, itemsProvenUntil = null } = cursor ?? {};
  const starts = provenUntil ? [next(provenUntil)] : [first];
  if (includeItems) starts.push(itemsProvenUntil ? next(itemsProvenUntil) : first);
  if (sweep) starts.push(now.getTime() - SWEEP_MS);
  return starts;
}

function wholeSecond(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}
