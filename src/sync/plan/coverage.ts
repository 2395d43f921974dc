import type { Sql } from '../../database/database.js';
import { readUnreadableIntervals, type UnreadableInterval } from './unreadable-intervals.js';

/** Why an interval is not proven to be mirrored. */
export type GapKind = (typeof gapKinds)[number];

export const gapKinds = [
  'BEFORE_FIRST_WINDOW',
  'NOT_YET_READ',
  'REFUSED',
  'ITEMS_NOT_READ',
  'UNREADABLE',
  'REPORT_FAILED',
  'DELETED',
] as const;

export interface Gap {
  readonly kind: GapKind;
  /** Null: no lower bound. */
  readonly from: Date | null;
  /** Null: until now. */
  readonly until: Date | null;
  /** What the gap means, and what closes it. */
  readonly reason: string;
}

/** The interval in which every update of a marketplace's orders is known to be mirrored. */
export interface Coverage {
  readonly marketplaceId: string;
  readonly provenFrom: Date | null;
  readonly provenUntil: Date | null;
  /** The same for their items. */
  readonly itemsProvenFrom: Date | null;
  readonly itemsProvenUntil: Date | null;
  readonly gaps: readonly Gap[];
}

type Cursor = Omit<Coverage, 'gaps'> & { readonly refusedAt: Date | null };

/** Returns the coverage of these marketplaces, in their order. */
export async function readCoverage(sql: Sql, marketplaceIds: readonly string[]): Promise<Coverage[]> {
  const cursors = await sql.query<Cursor>(
    `SELECT marketplace_id AS "marketplaceId", proven_from AS "provenFrom", proven_until AS "provenUntil",
            items_proven_from AS "itemsProvenFrom", items_proven_until AS "itemsProvenUntil", refused_at AS "refusedAt"
       FROM sync_cursor WHERE marketplace_id = ANY ($1::text[])`,
    [marketplaceIds],
  );
  const unreadable = await readUnreadableIntervals(sql);
  return marketplaceIds.map((marketplaceId) => {
    const { refusedAt, ...coverage } = cursors.find((cursor) => cursor.marketplaceId === marketplaceId) ?? {
      marketplaceId,
      provenFrom: null,
      provenUntil: null,
      itemsProvenFrom: null,
      itemsProvenUntil: null,
      refusedAt: null,
    };
    return { ...coverage, gaps: [...unreadableOf(marketplaceId, unreadable), ...gapsOf(coverage, refusedAt)] };
  });
}

function unreadableOf(marketplaceId: string, intervals: readonly UnreadableInterval[]): Gap[] {
  return intervals
    .filter(({ marketplaceIds }) => marketplaceIds.includes(marketplaceId))
    .map(({ from, until }) => ({
      kind: 'UNREADABLE',
      from,
      until,
      reason:
        "Amazon's answers for this interval are malformed, so that orders last updated in it may be missing. Later runs read it again, hourly; rejectedOrders has the details.",
    }));
}

function gapsOf(coverage: Omit<Coverage, 'gaps'>, refusedAt: Date | null): Gap[] {
  const { provenFrom, provenUntil, itemsProvenFrom, itemsProvenUntil } = coverage;
  const gaps: Gap[] = [];
  if (provenFrom)
    gaps.push({
      kind: 'BEFORE_FIRST_WINDOW',
      from: null,
      until: provenFrom,
      reason: "Orders last updated before the first run's window have not been read.",
    });
  const itemsFrom = itemsProvenUntil ?? provenFrom;
  if (provenUntil && itemsFrom && itemsFrom < provenUntil)
    gaps.push({
      kind: 'ITEMS_NOT_READ',
      from: itemsFrom,
      until: provenUntil,
      reason: 'Runs without items read this; a run with items closes it.',
    });
  if (provenFrom && itemsProvenFrom && itemsProvenFrom > provenFrom)
    gaps.push({
      kind: 'ITEMS_NOT_READ',
      from: provenFrom,
      until: itemsProvenFrom,
      reason: 'Runs without items read this, before the first run with items.',
    });
  gaps.push(
    refusedAt
      ? {
          kind: 'REFUSED',
          from: provenUntil,
          until: null,
          reason: `Amazon has refused this marketplace since ${refusedAt.toISOString()}: check that the account sells there and that the application is authorised for it, or take it off the connection.`,
        }
      : {
          kind: 'NOT_YET_READ',
          from: provenUntil,
          until: null,
          reason: provenUntil ? 'The next run reads on from here.' : 'No run has read this marketplace yet.',
        },
  );
  return gaps;
}
