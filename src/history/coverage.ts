import type { Database } from '../database/database.js';
import { type OrderRetention, readOrderRetention } from '../mirror/write/order-retention.js';
import { type Coverage, readCoverage as readProven } from '../sync/plan/coverage.js';
import { type Interval, joined } from './plan.js';
import { type ReportWindow, readHistoryWindows } from './window-store.js';

/** What is proven of a marketplace: by updates that searches have read, and by purchase dates that reports have. */
export interface WholeCoverage extends Coverage {
  /** Intervals of purchase dates whose orders were read from reports, oldest first. */
  readonly provenByReport: readonly Interval[];
}

/** Returns the coverage of these marketplaces, in their order. */
export async function readCoverage(
  sql: Pick<Database, 'query'>,
  marketplaceIds: readonly string[],
): Promise<WholeCoverage[]> {
  const windows = await readHistoryWindows(sql);
  const retention = await readOrderRetention(sql);
  return (await readProven(sql, marketplaceIds))
    .map((coverage) => withReports(coverage, windows))
    .map((coverage) => withRetention(coverage, retention));
}

/** Takes away what is no longer kept: an order that was last updated before was purchased before, too. */
function withRetention(coverage: WholeCoverage, retention: OrderRetention | null): WholeCoverage {
  const keptFrom = retention?.keptFrom;
  if (!keptFrom) return coverage;
  const cut = (from: Date | null, until: Date | null) => (from && until && from < keptFrom ? keptFrom : from);
  const { provenFrom, provenUntil, itemsProvenFrom, itemsProvenUntil } = coverage;
  const gaps = coverage.gaps.flatMap((gap) => {
    if (gap.until !== null && gap.until <= keptFrom) return [];
    return gap.from !== null && gap.from < keptFrom ? [{ ...gap, from: keptFrom }] : [gap];
  });
  const deleted = {
    kind: 'DELETED' as const,
    from: null,
    until: keptFrom,
    reason: `Orders older than ${retention.months} months, by their purchase date, are deleted (RETENTION_ORDERS_MONTHS).`,
  };
  return {
    ...coverage,
    provenFrom: cut(provenFrom, provenUntil),
    itemsProvenFrom: cut(itemsProvenFrom, itemsProvenUntil),
    gaps: [deleted, ...gaps],
  };
}

/** Adds what reports prove. An order from before the first window was purchased before it, so reports close that gap. */
export function withReports(coverage: Coverage, windows: readonly ReportWindow[]): WholeCoverage {
  const own = windows.filter((window) => window.marketplaceIds.includes(coverage.marketplaceId));
  const done = own.filter(({ state }) => state === 'DONE');
  const provenByReport = joined(done);
  const gaps = coverage.gaps.flatMap((gap) => {
    if (gap.kind !== 'BEFORE_FIRST_WINDOW' || gap.until === null) return [gap];
    const reaching = provenByReport.find(({ from, until }) => gap.until && from < gap.until && until >= gap.until);
    if (!reaching) return [gap];
    const isWhole = done.some(({ isOldest, from }) => isOldest && from.getTime() === reaching.from.getTime());
    if (isWhole) return [];
    return [{ ...gap, until: reaching.from, reason: 'Orders purchased before have not been read from reports.' }];
  });
  const failed = own
    .filter(({ state }) => state === 'GAP')
    .map(({ from, until, reason }) => ({
      kind: 'REPORT_FAILED' as const,
      from,
      until,
      reason: `Amazon's report of the orders purchased then could not be read; startHistory tries again. ${reason ?? ''}`,
    }));
  return { ...coverage, provenByReport, gaps: [...gaps, ...failed] };
}
