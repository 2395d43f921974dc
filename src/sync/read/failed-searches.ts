import type { Clock } from '../../core/clock.js';
import { SyncError } from '../../core/errors.js';
import type { Database, Sql } from '../../database/database.js';
import { type ClaimedRun, updateClaimedRun } from '../../runs/run-store.js';
import { failureBehind } from '../../spapi/http/errors.js';
import { marketplaceById } from '../../spapi/sellers/marketplaces.js';
import { markRefused, moveCursors } from '../plan/cursors.js';
import type { Search } from '../plan/window.js';

interface Storage {
  readonly database: Database;
  readonly clock: Clock;
}

/** Amazon refused some of several marketplaces: the run failed, though the connection as a whole works. */
export class MarketplacesRefusedError extends SyncError {}

/** Whether the error may concern one of the marketplaces searched; an error that names a token concerns none of them. */
export function mayRefuseMarketplace(error: unknown): boolean {
  return error instanceof SyncError && error.code === 'SP_API_FORBIDDEN' && failureBehind(error)?.namesToken !== true;
}

/** Splits by marketplace: a 403 doesn't say which one it is about (amzn/selling-partner-api-models#5295). */
export function splitSearch(search: Search): Search[] {
  return search.marketplaceIds.map((id) => ({ ...search, marketplaceIds: [id] }));
}

/** Amazon takes whole seconds. */
const MIN_WIDTH_MS = 1_000;

/** Splits a search that Amazon answered in time, into two halves that share an instant; null if it is too short. */
export function splitInTime(search: Search, updatedBefore: Date): readonly Search[] | null {
  const from = search.updatedAfter.getTime();
  const until = (search.updatedBefore ?? updatedBefore).getTime();
  if (until - from <= MIN_WIDTH_MS) return null;
  const middle = new Date(Math.floor((from + until) / 2 / 1000) * 1000);
  const { refusedBefore: _, ...answered } = search;
  return [
    { ...answered, updatedBefore: middle, suspect: 'part' },
    { ...answered, updatedAfter: middle, suspect: 'part' },
  ];
}

/** Replaces the search at this index, and drops its page token; returns the run's searches. @throws {LeaseLostError} */
export async function replaceSearch(
  sql: Sql,
  run: ClaimedRun,
  searches: readonly Search[],
  index: number,
  replacements: readonly Search[],
): Promise<readonly Search[]> {
  const replaced = searches.toSpliced(index, 1, ...replacements);
  await updateClaimedRun(sql, run, (bind) => `legs = ${bind(JSON.stringify(replaced))}::jsonb, ${goTo(bind(index))}`);
  return replaced;
}

/** Records the refused marketplaces on the run, and moves on to the search after this index. @throws {LeaseLostError} */
export async function skipMarketplace(
  { database, clock }: Storage,
  run: ClaimedRun,
  index: number,
  refused: readonly string[],
): Promise<void> {
  await database.transaction(async (sql) => {
    await updateClaimedRun(
      sql,
      run,
      (bind) => `refused_marketplace_ids = ${bind(refused)}::text[], ${goTo(bind(index + 1))}`,
    );
    const last = refused.at(-1);
    if (!run.dryRun && last !== undefined) await markRefused(sql, last, clock.now());
  });
}

/** Returns the error of a run that read all marketplaces but these. */
export function marketplacesRefused(ids: readonly string[]): MarketplacesRefusedError {
  const names = ids.map((id) => `${marketplaceById(id)?.name ?? 'a marketplace'} (${id})`).join(', ');
  return new MarketplacesRefusedError(
    'SP_API_FORBIDDEN',
    `Amazon refused ${names} with 403; the other marketplaces were read. Check that the account sells there and that the ` +
      'application was authorised for it, or remove it from the connection with saveConnection.',
  );
}

/**
 * Records the interval of a search that can't be read (see UnreadableInterval), moves the cursors past it, and moves on to the
 * search after this index. A dry run only moves on.
 * @throws {LeaseLostError}
 */
export async function skipUnreadable(
  { database, clock }: Storage,
  run: ClaimedRun,
  { search, index }: { readonly search: Search; readonly index: number },
  error: unknown,
): Promise<void> {
  const now = clock.now();
  const until = search.updatedBefore ?? run.updatedBefore;
  await database.transaction(async (sql) => {
    await updateClaimedRun(sql, run, (bind) => `orders_rejected = orders_rejected + 1, ${goTo(bind(index + 1))}`);
    if (run.dryRun) return;
    await moveCursors(sql, search, until, { includeItems: run.includeItems, now });
    const [from, before] = [search.updatedAfter.toISOString(), until.toISOString()];
    await sql.query(
      `INSERT INTO rejected_order
              (key, reason, payload, run_id, reader_version, rejected_at, updated_from, updated_until, marketplace_ids,
               needs_items)
       VALUES ($1, $2, $3::jsonb, $4, 0, $5, $6, $7, $8, $9)
       ON CONFLICT (key) DO UPDATE
          SET reason = excluded.reason, payload = excluded.payload, run_id = excluded.run_id,
              rejected_at = excluded.rejected_at, marketplace_ids = excluded.marketplace_ids,
              needs_items = rejected_order.needs_items OR excluded.needs_items`,
      [
        `interval:${from}/${before}:${search.marketplaceIds.toSorted().join()}`,
        reasonOf(from, before, error),
        JSON.stringify({ marketplaceIds: search.marketplaceIds, lastUpdatedAfter: from, lastUpdatedBefore: before }),
        run.id,
        now,
        search.updatedAfter,
        until,
        search.marketplaceIds,
        run.includeItems,
      ],
    );
  });
}

/** SQL of the checkpoint at the first page of a search. */
function goTo(index: string): string {
  return `leg = ${index}, page_query = NULL, page_token = NULL, page_token_at = NULL`;
}

function reasonOf(from: string, until: string, error: unknown): string {
  const requestId = failureBehind(error)?.requestId;
  return (
    `Amazon's answers are malformed (not whole JSON) because of an order last updated from ${from} to ${until}. Other ` +
    'orders of this interval may be missing too. Later runs read it again, hourly; if it still fails after days, report ' +
    `it to Amazon's developer support${requestId ? ` with the request id ${requestId}` : ''}.`
  );
}
