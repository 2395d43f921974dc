import { readCoverage } from '../history/coverage.js';
import type { McpParts } from './parts.js';

/** Up to when the mirror has every update of Amazon's orders. */
export interface Completeness {
  /** The earliest of the marketplaces'; null if one of them has not been read yet, or there is no connection. */
  readonly completeUntil: Date | null;
  readonly marketplaces: readonly {
    readonly marketplaceId: string;
    readonly country: string | null;
    readonly completeFrom: Date | null;
    readonly completeUntil: Date | null;
    /** The same for the items of the orders, and so for sales. */
    readonly itemsCompleteFrom: Date | null;
    readonly itemsCompleteUntil: Date | null;
  }[];
}

/** Reads the completeness of the connection's marketplaces; it comes with every answer. */
export async function readCompleteness(parts: McpParts): Promise<Completeness> {
  const all = await readGaps(parts);
  const marketplaces = all.map(({ gaps: _gaps, completeByPurchaseDate: _reports, ...marketplace }) => marketplace);
  const until = marketplaces.map(({ completeUntil }) => completeUntil?.getTime() ?? null);
  const isKnown = until.length > 0 && !until.includes(null);
  return { completeUntil: isKnown ? new Date(Math.min(...until.map(Number))) : null, marketplaces };
}

/** Reads the same with the gaps. */
export async function readGaps({ database, connections }: McpParts) {
  const connection = await connections.read();
  if (!connection) return [];
  const names = await connections.marketplacesOf(connection);
  const coverage = await readCoverage(database, connection.marketplaceIds);
  return coverage.map(({ marketplaceId, gaps, ...proven }) => ({
    marketplaceId,
    country: names.find((one) => one.marketplaceId === marketplaceId)?.countryCode ?? null,
    completeFrom: proven.provenFrom,
    completeUntil: proven.provenUntil,
    itemsCompleteFrom: proven.itemsProvenFrom,
    itemsCompleteUntil: proven.itemsProvenUntil,
    completeByPurchaseDate: proven.provenByReport,
    gaps,
  }));
}
