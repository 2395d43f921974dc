import type { Clock } from '../clock.js';
import type { Database } from '../database/database.js';
import { SyncError } from '../errors.js';
import type { CallWatch, OrderSource, OrdersQuery, PageToken } from '../spapi/order-source.js';
import { Progress } from './progress.js';
import type { ClaimedRun } from './run-row.js';
import { savePage } from './save-page.js';
import type { Leg } from './window.js';

/** Amazon's page tokens live 24 hours (model); an hour is left for what is on its way. */
const TOKEN_LIFE_MS = 23 * 60 * 60_000;

export interface SyncParts {
  readonly database: Database;
  readonly source: OrderSource;
  readonly clock: Clock;
  /** Follows and stops the calls; aborted with the reason why. */
  readonly watch: CallWatch;
  /** Calls made for the run until now. */
  readonly requests: () => number;
}

/** The run was asked to stop. */
export class CancelRequested extends Error {
  override readonly name = 'CancelRequested';
}

/**
 * Reads the run's window from where its checkpoint stands to its end, page by page, and saves each.
 * @throws {CancelRequested}, {ClaimLost}, {SyncError}, or the reason that the watch's signal was aborted with.
 */
export async function syncOrders(run: ClaimedRun, parts: SyncParts): Promise<void> {
  const legs = legsOf(run);
  const progress = new Progress(legs, run.updatedBefore);
  for (const [legIndex, leg] of legs.entries()) {
    if (legIndex < run.leg) continue;
    const from = legIndex === run.leg ? checkpointOf(run, parts.clock.now()) : undefined;
    await readLeg(run, parts, { leg, legIndex, progress }, from);
  }
}

interface Position {
  readonly leg: Leg;
  readonly legIndex: number;
  readonly progress: Progress;
}

/**
 * A token that Amazon doesn't take (any more) costs the pages read, not the run: the same window again from its first
 * page, once. Writing an order twice changes nothing.
 */
async function readLeg(run: ClaimedRun, parts: SyncParts, position: Position, from?: PageToken): Promise<void> {
  const onToken = { now: from !== undefined };
  try {
    await readPages(run, parts, position, onToken, from);
  } catch (error) {
    if (!(error instanceof SyncError && error.code === 'SP_API_INVALID_INPUT' && onToken.now)) throw error;
    await readPages(run, parts, position, { now: false });
  }
}

async function readPages(
  run: ClaimedRun,
  { database, source, clock, watch, requests }: SyncParts,
  { leg, legIndex, progress }: Position,
  onToken: { now: boolean },
  from?: PageToken,
): Promise<void> {
  const query: OrdersQuery = {
    marketplaceIds: leg.marketplaceIds,
    lastUpdatedAfter: leg.updatedAfter,
    lastUpdatedBefore: run.updatedBefore,
  };
  for await (const page of source.searchOrders(query, watch, from)) {
    const cancelRequested = await savePage(database, run, {
      page,
      leg,
      legIndex,
      progress: progress.after(page, legIndex),
      requests: requests(),
      at: clock.now(),
    });
    if (cancelRequested) throw new CancelRequested();
    watch.signal.throwIfAborted();
    onToken.now = page.next !== null;
  }
}

function legsOf(run: ClaimedRun): Leg[] {
  const legs = run.legs as unknown as { marketplaceIds: string[]; updatedAfter: string }[];
  return legs.map((leg) => ({ marketplaceIds: leg.marketplaceIds, updatedAfter: new Date(leg.updatedAfter) }));
}

/** Where a run that was taken over goes on; nothing when its token is too old: then from the first page. */
function checkpointOf(run: ClaimedRun, now: Date): PageToken | undefined {
  const { pageQuery, pageToken, pageTokenAt } = run;
  if (pageQuery === null || pageToken === null || pageTokenAt === null) return undefined;
  if (now.getTime() - pageTokenAt.getTime() > TOKEN_LIFE_MS) return undefined;
  return { query: pageQuery, token: pageToken };
}
