import { SyncError } from '../../core/errors.js';
import { prefetch } from '../../core/prefetch.js';
import { runMaintenance } from '../../database/maintenance.js';
import { orderRows } from '../../mirror/write/order-rows.js';
import { type Checkpoint, countAsUnchanged } from '../../runs/checkpoint.js';
import { forecastFinish, Progress } from '../../runs/progress.js';
import { CancelRequestedError, type ClaimedRun } from '../../runs/run-store.js';
import { withSignal } from '../../spapi/http/call-watch.js';
import { isMalformedSearch, refusesRequest } from '../../spapi/http/errors.js';
import type { OrdersPage, PageToken } from '../../spapi/orders/order-source.js';
import type { Search } from '../plan/window.js';
import {
  mayRefuseMarketplace,
  replaceSearch,
  skipMarketplace,
  skipUnreadable,
  splitInTime,
  splitSearch,
} from './failed-searches.js';
import type { RunContext } from './run-context.js';
import { saveArrivalStatement, savePage } from './save-page.js';

/** Amazon's page tokens are valid for 24 hours (its API model); an hour is left for the call itself. */
const TOKEN_LIFE_MS = 23 * 60 * 60_000;
/** New unreadable intervals of one second in a row that count as an outage. */
const MAX_UNREADABLE_IN_A_ROW = 3;
/** Pages before a run's first maintenance; doubled each time. Updates the planner's statistics while the tables grow. */
const FIRST_MAINTENANCE_PAGES = 5;

/**
 * Reads the run's window from its checkpoint on, search by search and page by page, and saves each page.
 * @returns the ids of the marketplaces that were read, and of the refused ones
 * @throws {SyncError} also if Amazon refused all; {CancelRequestedError}, {LeaseLostError}
 */
export async function readWindow(
  run: ClaimedRun,
  context: RunContext,
): Promise<{ readonly answered: readonly string[]; readonly refused: readonly string[] }> {
  const { database } = context;
  const reader = new WindowReader(run, context);
  const refused = [...run.refusedMarketplaceIds];
  let searches = searchesOf(run);
  let index = run.leg;
  let unreadable = 0;
  let checkpoint = pageTokenOf(run, context.clock.now());
  const replace = async (replacements: readonly Search[]) => {
    searches = await replaceSearch(database, run, searches, index, replacements);
  };
  for (let search = searches[index]; search; search = searches[index]) {
    // A marketplace refused in one part of a split search is removed from the later parts: its cursor must not skip a gap.
    const accepted = search.marketplaceIds.filter((id) => !refused.includes(id));
    if (accepted.length < search.marketplaceIds.length) {
      await replace(accepted.length > 0 ? [{ ...search, marketplaceIds: accepted }] : []);
      continue;
    }
    // The stored token is valid only for the search in which the run was interrupted, and only if that is unchanged.
    const from = checkpoint;
    checkpoint = undefined;
    try {
      await reader.readSearch({ search, index, count: searches.length }, from);
      index += 1;
      unreadable = 0;
    } catch (error) {
      if (isMalformedSearch(error)) {
        const halves = splitInTime(search, run.updatedBefore);
        if (halves) {
          await reader.restartCounts();
          await replace(halves);
          continue;
        }
        if (search.suspect !== 'known') unreadable += 1;
        if (unreadable === MAX_UNREADABLE_IN_A_ROW) throw error;
        await skipUnreadable(context, run, { search, index }, error);
        index += 1;
        continue;
      }
      if (!mayRefuseMarketplace(error)) throw error;
      const [only, ...others] = search.marketplaceIds;
      if (others.length > 0) {
        await reader.restartCounts();
        await replace(splitSearch(search));
      } else if (only !== undefined) {
        if (!refused.includes(only)) refused.push(only);
        if (searches.every(({ marketplaceIds }) => marketplaceIds.every((id) => refused.includes(id)))) throw error;
        await skipMarketplace(context, run, index, refused);
        index += 1;
      }
    }
  }
  const all = searches.flatMap(({ marketplaceIds }) => marketplaceIds);
  return { answered: all.filter((id) => !refused.includes(id)), refused };
}

/** A search of the run's window. */
interface Place {
  readonly search: Search;
  readonly index: number;
  /** How many searches the window has. */
  readonly count: number;
}

class WindowReader {
  readonly #run: ClaimedRun;
  readonly #context: RunContext;
  #progress: Progress;
  readonly #startedAt: number;
  #pages = 0;
  #saved = 0;
  /** What the saved pages of the current search changed. */
  #changes = { inserted: 0, updated: 0 };
  #nextMaintenance = FIRST_MAINTENANCE_PAGES;

  constructor(run: ClaimedRun, context: RunContext) {
    this.#run = run;
    this.#context = context;
    this.#progress = new Progress(run.updatedBefore);
    this.#startedAt = context.clock.now().getTime();
  }

  /**
   * Reads all pages of a search. If Amazon refuses a later page (its token, a data set or a marketplace), the search is
   * restarted from its first page, once: saving an order twice changes nothing.
   */
  async readSearch(place: Place, from?: PageToken): Promise<void> {
    const sent = { token: from !== undefined };
    this.#changes = { inserted: 0, updated: 0 };
    try {
      await this.#readPages(place, sent, from);
    } catch (error) {
      const isInvalid = error instanceof SyncError && error.code === 'SP_API_INVALID_INPUT';
      if (!sent.token || !(isInvalid || refusesRequest(error))) throw error;
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
      await countAsUnchanged(this.#context.database, this.#run, { inserted, updated });
  }

  /** Saves each page while the next one is read; the checkpoint covers saved pages only. */
  async #readPages(place: Place, sent: { token: boolean }, from?: PageToken): Promise<void> {
    const { database, calls, tracer } = this.#context;
    for await (const page of prefetch((unwanted) => this.#arrivals(place, unwanted, from))) {
      const attributes = { 'ordermirror.orders': page.rows.length };
      const { cancelRequested, inserted, updated } = await tracer.span('save page', { attributes }, () =>
        savePage(database, this.#run, page),
      );
      if (cancelRequested) throw new CancelRequestedError();
      this.#changes.inserted += inserted;
      this.#changes.updated += updated;
      calls.signal.throwIfAborted();
      sent.token = page.next !== null;
      await this.#runMaintenance();
    }
  }

  async #runMaintenance(): Promise<void> {
    this.#saved += 1;
    if (this.#saved < this.#nextMaintenance) return;
    this.#nextMaintenance *= 2;
    await runMaintenance(this.#context.database, { vacuum: false });
  }

  /** Yields the search's pages as rows, each with the run's checkpoint once it is saved. */
  async *#arrivals(place: Place, unwanted: AbortSignal, from?: PageToken) {
    const { source, dataSets, calls, clock } = this.#context;
    const { search } = place;
    const { updatedBefore } = this.#run;
    const query = {
      marketplaceIds: search.marketplaceIds,
      lastUpdatedAfter: search.updatedAfter,
      lastUpdatedBefore: search.updatedBefore ?? updatedBefore,
      ...(search.suspect && { malformedTries: 1 }),
      // In an interval that can't be split further, pages of one order read the orders before the bad one.
      ...(search.suspect && splitInTime(search, updatedBefore) === null && { firstPageSize: 1 }),
    };
    const watch = withSignal(calls, AbortSignal.any([calls.signal, unwanted]));
    const pages = from
      ? source.searchOrders(query, watch, from)
      : dataSets.search(source, query, watch, search.refusedBefore === true);
    for await (const page of pages) {
      const at = clock.now();
      const checkpoint = this.#checkpointAfter(page, place, at);
      const { orders, ...rest } = page;
      const rows = await orderRows(orders);
      const arrival = { ...rest, search, checkpoint, requests: calls.requests, at, rows, pages: 1 };
      yield { ...arrival, statement: saveArrivalStatement(this.#run, arrival) };
    }
  }

  #checkpointAfter({ orders, next }: OrdersPage, { search, index, count }: Place, now: Date): Checkpoint {
    const { calls } = this.#context;
    const times = orders.map((order) => order.lastUpdatedTime);
    const progress = this.#progress.after({ times, isLast: next === null, from: search.updatedAfter, index, count });
    this.#pages += 1;
    const workedMs = Math.max(0, now.getTime() - this.#startedAt - calls.waitedMs);
    return {
      searchIndex: next === null ? index + 1 : index,
      next: next && { ...next, at: now },
      progress,
      estimatedFinishAt: forecastFinish(now, {
        pages: this.#run.pages + this.#pages,
        progress,
        quota: calls.quotaOf('searchOrders'),
        pageMs: workedMs / this.#pages,
      }),
    };
  }
}

/** The row's searches; JSON has their instants as text. */
function searchesOf(run: ClaimedRun): readonly Search[] {
  const searches = run.legs as unknown as (Omit<Search, 'updatedAfter' | 'updatedBefore'> & {
    readonly updatedAfter: string;
    readonly updatedBefore?: string;
  })[];
  return searches.map(({ updatedAfter, updatedBefore, ...search }) => ({
    ...search,
    updatedAfter: new Date(updatedAfter),
    ...(updatedBefore !== undefined && { updatedBefore: new Date(updatedBefore) }),
  }));
}

/** Returns the page at which an interrupted run continues; undefined (the first page) if its token has expired. */
function pageTokenOf(run: ClaimedRun, now: Date): PageToken | undefined {
  const { pageQuery, pageToken, pageTokenAt } = run;
  if (pageQuery === null || pageToken === null || pageTokenAt === null) return undefined;
  if (now.getTime() - pageTokenAt.getTime() > TOKEN_LIFE_MS) return undefined;
  return { query: pageQuery, token: pageToken };
}
