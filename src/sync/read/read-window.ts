import { SyncError } from '../../core/errors.js';
import { runMaintenance } from '../../database/maintenance.js';
import { orderRows } from '../../mirror/write/order-rows.js';
import { type Checkpoint, countAsUnchanged } from '../../runs/checkpoint.js';
import { forecastFinish } from '../../runs/forecast.js';
import { CancelRequested } from '../../runs/interruptions.js';
import type { ClaimedRun } from '../../runs/run-row.js';
import type { CallWatch } from '../../spapi/http/call-watch.js';
import { isMalformedSearch } from '../../spapi/http/errors.js';
import type { OrdersPage, PageToken } from '../../spapi/orders/order-source.js';
import { skipUnreadable, splitInTime } from '../plan/unreadable-intervals.js';
import type { Leg } from '../plan/window.js';
import type { SyncParts } from '../sync-parts.js';
import { prefetch } from './prefetch.js';
import { Progress } from './progress.js';
import { mayRefuseMarketplace, passOver, replaceLeg, splitLeg } from './refused-marketplaces.js';
import { savePage } from './save-page.js';

/** Amazon's page tokens are valid for 24 hours (its API model); an hour is left for the call itself. */
const TOKEN_LIFE_MS = 23 * 60 * 60_000;
/** So many new unreadable intervals of one second in a row are an outage. */
const MAX_UNREADABLE_IN_A_ROW = 3;
/** Maintenance runs after so many pages of a run, then after twice as many, and so on: the planner must know how tables grow. */
const FIRST_MAINTENANCE_PAGES = 5;

/**
 * Reads the run's window from its checkpoint, search by search and page by page, and saves each page.
 * Returns which marketplaces were read, and which Amazon refused; throws if it refused all.
 */
export async function readWindow(
  run: ClaimedRun,
  parts: SyncParts,
): Promise<{ readonly answered: readonly string[]; readonly refused: readonly string[] }> {
  const reader = new WindowReader(run, parts);
  const refused = [...run.refusedMarketplaceIds];
  let legs = legsOf(run);
  let index = run.leg;
  let unreadable = 0;
  let checkpoint = checkpointOf(run, parts.clock.now());
  for (let leg = legs[index]; leg; leg = legs[index]) {
    // A marketplace that refused an earlier interval of a split search leaves the later ones, so that no gap is proven.
    const asked = leg.marketplaceIds.filter((id) => !refused.includes(id));
    if (asked.length < leg.marketplaceIds.length) {
      legs = await replaceLeg(parts, run, legs, index, asked.length > 0 ? [{ ...leg, marketplaceIds: asked }] : []);
      continue;
    }
    // The stored token is valid for the leg that the run was interrupted in, as that was then, and for no other.
    const from = checkpoint;
    checkpoint = undefined;
    try {
      await reader.readLeg({ leg, index, legs: legs.length }, from);
      index += 1;
      unreadable = 0;
    } catch (error) {
      if (isMalformedSearch(error)) {
        const halves = splitInTime(leg, run.updatedBefore);
        if (halves) {
          await reader.restartCounts();
          legs = await replaceLeg(parts, run, legs, index, halves);
          continue;
        }
        if (leg.suspect !== 'known') unreadable += 1;
        if (unreadable === MAX_UNREADABLE_IN_A_ROW) throw error;
        await skipUnreadable(parts, run, { leg, index }, error);
        index += 1;
        continue;
      }
      if (!mayRefuseMarketplace(error)) throw error;
      const [only, ...others] = leg.marketplaceIds;
      if (others.length > 0) {
        await reader.restartCounts();
        legs = await splitLeg(parts, run, legs, index);
      } else if (only !== undefined) {
        if (!refused.includes(only)) refused.push(only);
        if (legs.every(({ marketplaceIds }) => marketplaceIds.every((id) => refused.includes(id)))) throw error;
        await passOver(parts, run, index, refused);
        index += 1;
      }
    }
  }
  const all = legs.flatMap((leg) => leg.marketplaceIds);
  return { answered: all.filter((id) => !refused.includes(id)), refused };
}

/** A search of the run's window. */
interface Place {
  readonly leg: Leg;
  readonly index: number;
  /** How many legs the window has. */
  readonly legs: number;
}

class WindowReader {
  readonly #run: ClaimedRun;
  readonly #parts: SyncParts;
  #progress: Progress;
  readonly #begunAt: number;
  #pages = 0;
  #written = 0;
  /** What the saved pages of the current search changed. */
  #changes = { inserted: 0, updated: 0 };
  #nextMaintenance = FIRST_MAINTENANCE_PAGES;

  constructor(run: ClaimedRun, parts: SyncParts) {
    this.#run = run;
    this.#parts = parts;
    this.#progress = new Progress(run.updatedBefore);
    this.#begunAt = parts.clock.now().getTime();
  }

  /**
   * Reads all pages of a search. If Amazon rejects a page token, the search is restarted from its first page, once: saving an
   * order twice changes nothing.
   */
  async readLeg(place: Place, from?: PageToken): Promise<void> {
    const sent = { token: from !== undefined };
    this.#changes = { inserted: 0, updated: 0 };
    try {
      await this.#readPages(place, sent, from);
    } catch (error) {
      if (!(error instanceof SyncError && error.code === 'SP_API_INVALID_INPUT' && sent.token)) throw error;
      this.#progress = new Progress(this.#run.updatedBefore);
      await this.restartCounts();
      await this.#readPages(place, { token: false });
    }
  }

  /** Must be called before pages of a failed search are read again. */
  async restartCounts(): Promise<void> {
    const { inserted, updated } = this.#changes;
    this.#changes = { inserted: 0, updated: 0 };
    if (this.#run.dryRun && inserted + updated > 0)
      await countAsUnchanged(this.#parts.database, this.#run, { inserted, updated });
  }

  /** Saves each page while the next one is read; the checkpoint covers saved pages only. */
  async #readPages(place: Place, sent: { token: boolean }, from?: PageToken): Promise<void> {
    const { database, calls } = this.#parts;
    for await (const page of prefetch((unwanted) => this.#arrivals(place, unwanted, from))) {
      const { cancelRequested, inserted, updated } = await savePage(database, this.#run, page);
      if (cancelRequested) throw new CancelRequested();
      this.#changes.inserted += inserted;
      this.#changes.updated += updated;
      calls.signal.throwIfAborted();
      sent.token = page.next !== null;
      await this.#runMaintenance();
    }
  }

  async #runMaintenance(): Promise<void> {
    this.#written += 1;
    if (this.#written < this.#nextMaintenance) return;
    this.#nextMaintenance *= 2;
    await runMaintenance(this.#parts.database, { vacuum: false });
  }

  /** Yields the search's pages as rows, each with the run's checkpoint once it is saved. */
  async *#arrivals({ leg, ...place }: Place, unwanted: AbortSignal, from?: PageToken) {
    const { source, calls, clock } = this.#parts;
    const query = {
      marketplaceIds: leg.marketplaceIds,
      lastUpdatedAfter: leg.updatedAfter,
      lastUpdatedBefore: leg.updatedBefore ?? this.#run.updatedBefore,
      ...(leg.suspect && { malformedTries: 1 }),
      // In an interval that can't be split further, pages of one order read the orders before the bad one.
      ...(leg.suspect && splitInTime(leg, this.#run.updatedBefore) === null && { firstPageSize: 1 }),
    };
    for await (const page of source.searchOrders(query, untilUnwanted(calls, unwanted), from)) {
      const at = clock.now();
      const checkpoint = this.#checkpointAfter(page, { leg, ...place }, at);
      const { orders, ...rest } = page;
      yield { ...rest, leg, checkpoint, requests: calls.requests, at, rows: await orderRows(orders) };
    }
  }

  #checkpointAfter(page: OrdersPage, { leg, index, legs }: Place, now: Date): Checkpoint {
    const { calls } = this.#parts;
    const progress = this.#progress.after(page, leg, index, legs);
    this.#pages += 1;
    const workedMs = Math.max(0, now.getTime() - this.#begunAt - calls.waitedMs);
    return {
      leg: page.next === null ? index + 1 : index,
      next: page.next && { ...page.next, at: now },
      progress,
      estimatedFinishAt: forecastFinish(now, {
        pages: this.#run.pages + this.#pages,
        progress,
        quota: calls.searchQuota,
        pageMs: workedMs / this.#pages,
      }),
    };
  }
}

function untilUnwanted(calls: CallWatch, unwanted: AbortSignal): CallWatch {
  return {
    signal: AbortSignal.any([calls.signal, unwanted]),
    onRequest: () => calls.onRequest(),
    onWait: (until, reason) => calls.onWait(until, reason),
    onQuota: (operation, left) => calls.onQuota?.(operation, left),
  };
}

function legsOf(run: ClaimedRun): readonly Leg[] {
  const legs = run.legs as unknown as (Omit<Leg, 'updatedAfter' | 'updatedBefore'> & {
    readonly updatedAfter: string;
    readonly updatedBefore?: string;
  })[];
  return legs.map(({ updatedAfter, updatedBefore, ...leg }) => ({
    ...leg,
    updatedAfter: new Date(updatedAfter),
    ...(updatedBefore !== undefined && { updatedBefore: new Date(updatedBefore) }),
  }));
}

/** Returns the page at which an interrupted run continues; undefined (the first page) if its token has expired. */
function checkpointOf(run: ClaimedRun, now: Date): PageToken | undefined {
  const { pageQuery, pageToken, pageTokenAt } = run;
  if (pageQuery === null || pageToken === null || pageTokenAt === null) return undefined;
  if (now.getTime() - pageTokenAt.getTime() > TOKEN_LIFE_MS) return undefined;
  return { query: pageQuery, token: pageToken };
}
