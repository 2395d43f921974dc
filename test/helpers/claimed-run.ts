import type { Database } from '../../src/database/database.js';
import type { ClaimedRun } from '../../src/runs/run-store.js';
import { claimRun, createRun } from '../../src/runs/run-store.js';
import type { PageArrival } from '../../src/sync/read/save-page.js';

/** Creates a run and claims it for the test, without an engine. */
export async function claimedRun(
  database: Database,
  options: Partial<Pick<ClaimedRun, 'includeItems' | 'dryRun'>> = {},
) {
  await createRun(database, {
    kind: 'ORDERS',
    trigger: 'MANUAL',
    dryRun: false,
    includeItems: true,
    startedAt: new Date(),
    updatedAfter: new Date(0),
    updatedBefore: new Date(),
    searches: [],
    sweep: false,
    estimatedFinishAt: null,
    ...options,
  });
  const run = await claimRun(database, 60_000, 'ORDERS');
  if (!run) throw new Error('The run could not be claimed.');
  return run;
}

/** Returns a page without orders, in the middle of a search. */
export function emptyPage(): PageArrival {
  const next = { query: 'a query', token: 'a token' };
  return {
    rows: [],
    rejected: [],
    lastUpdatedBefore: new Date(),
    next,
    search: { marketplaceIds: ['ATVPDKIKX0DER'], updatedAfter: new Date(0) },
    checkpoint: { searchIndex: 0, next: { ...next, at: new Date() }, progress: 0.5, estimatedFinishAt: null },
    requests: 1,
    at: new Date(),
  };
}
