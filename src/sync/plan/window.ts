import { MAX_CLOCK_SKEW_MS } from '../../core/clock.js';

/** Amazon refuses an upper bound younger than two minutes (model); a minute more for clocks that disagree. */
export const SETTLE_MS = 2 * 60_000 + 60_000;
/** How far back the daily sweep reads: orders have been seen to appear in lists late, and to be missed (docs#86). */
const SWEEP_MS = 48 * 60 * 60_000;

/** One search: these marketplaces, from this instant to the run's upper bound, or to its own. */
export interface Leg {
  readonly marketplaceIds: readonly string[];
  readonly updatedAfter: Date;
  /** Where it ends before the run's upper bound. */
  readonly updatedBefore?: Date;
  /** A part of a search whose answer was malformed, or an interval that could not be read before. */
  readonly suspect?: 'part' | 'known';
}

export interface Window {
  /** The earliest of the legs' bounds. */
  readonly updatedAfter: Date;
  /** Frozen for the whole run; a whole second, as Amazon is sent it. */
  readonly updatedBefore: Date;
  readonly legs: readonly Leg[];
}

/** How far a marketplace is. */
export interface Standing {
  /** Up to when its orders are proven; null while they never were. */
  readonly provenUntil: Date | null;
  /** The same of their items. */
  readonly itemsProvenUntil: Date | null;
  /** Whether Amazon refused it the last time. */
  readonly refused: boolean;
}

export interface WindowRequest {
  readonly now: Date;
  readonly marketplaceIds: readonly string[];
  /** A new marketplace has none. */
  readonly standings: ReadonlyMap<string, Standing>;
  readonly includeItems: boolean;
  readonly sweep: boolean;
  readonly overlapMs: number;
  readonly firstWindowMs: number;
}

/**
 * What a run reads: marketplaces that are proven up to some instant from the oldest of these, less the overlap, in one
 * search; new ones from their own first window in another; ones that Amazon refused the last time each in a search of
 * its own, since one refused marketplace spoils the search of all.
 */
export function planWindow(request: WindowRequest): Window {
  const { now, marketplaceIds } = request;
  const standings = believable(request.standings, now);
  const updatedBefore = wholeSecond(now.getTime() - SETTLE_MS);
  const isRefused = (id: string) => standings.get(id)?.refused === true;
  const isKnown = (id: string) => {
    const standing = standings.get(id);
    return (request.includeItems ? standing?.itemsProvenUntil : standing?.provenUntil) != null;
  };
  const willing = marketplaceIds.filter((id) => !isRefused(id));
  const groups = [
    willing.filter(isKnown),
    willing.filter((id) => !isKnown(id)),
    ...marketplaceIds.filter(isRefused).map((id) => [id]),
  ];
  const legs = groups
    .filter((ids) => ids.length > 0)
    .map((ids) => {
      const from = Math.min(startOf(ids, { ...request, standings }), updatedBefore.getTime());
      return { marketplaceIds: ids, updatedAfter: wholeSecond(from) };
    });
  const updatedAfter = new Date(Math.min(updatedBefore.getTime(), ...legs.map((leg) => leg.updatedAfter.getTime())));
  return { updatedAfter, updatedBefore, legs };
}

/** Without instants of the future: a clock that was wrong has put them there, and they prove nothing. */
function believable(standings: WindowRequest['standings'], now: Date): WindowRequest['standings'] {
  const latest = now.getTime() + MAX_CLOCK_SKEW_MS;
  const past = (until: Date | null) => (until !== null && until.getTime() <= latest ? until : null);
  return new Map(
    [...standings].map(([id, { refused, provenUntil, itemsProvenUntil }]) => [
      id,
      { refused, provenUntil: past(provenUntil), itemsProvenUntil: past(itemsProvenUntil) },
    ]),
  );
}

/** The earliest start that one of them needs. */
function startOf(marketplaceIds: readonly string[], request: WindowRequest): number {
  return Math.min(...marketplaceIds.flatMap((id) => startsOf(request.standings.get(id), request)));
}

/**
 * From where its orders must be read, and from where its items, so that neither interval gets a hole: a first run with
 * items that comes long after the last one without reads from where that one ended, if that is earlier.
 */
function startsOf(standing: Standing | undefined, request: WindowRequest): number[] {
  const { now, includeItems, sweep, overlapMs, firstWindowMs } = request;
  const first = now.getTime() - firstWindowMs;
  const next = (until: Date) => until.getTime() - overlapMs;
  const { provenUntil = null, itemsProvenUntil = null } = standing ?? {};
  const starts = provenUntil ? [next(provenUntil)] : [first];
  if (includeItems) starts.push(itemsProvenUntil ? next(itemsProvenUntil) : first);
  if (sweep) starts.push(now.getTime() - SWEEP_MS);
  return starts;
}

function wholeSecond(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}
