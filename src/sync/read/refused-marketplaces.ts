import { SyncError } from '../../core/errors.js';
import { ClaimLost } from '../../runs/interruptions.js';
import type { ClaimedRun } from '../../runs/run-row.js';
import { failureBehind } from '../../spapi/http/errors.js';
import { marketplaceById } from '../../spapi/sellers/marketplaces.js';
import { markRefused } from '../plan/cursors.js';
import type { Leg } from '../plan/window.js';
import type { SyncParts } from '../sync-parts.js';

/** Some marketplaces of several were refused: the run says so, though the connection as a whole is well. */
export class MarketplacesRefused extends SyncError {}

/** Whether the error may be about one of the marketplaces asked for. One that names a token is about none of them. */
export function mayRefuseMarketplace(error: unknown): boolean {
  return error instanceof SyncError && error.code === 'SP_API_FORBIDDEN' && failureBehind(error)?.namesToken !== true;
}

/**
 * A 403 doesn't say which marketplace it is about (amzn/selling-partner-api-models#5295): in place of the leg at this
 * index, one for each of its marketplaces. Returns the run's legs as they are then.
 * @throws {ClaimLost}
 */
export async function splitLeg(
  parts: Pick<SyncParts, 'database'>,
  run: ClaimedRun,
  legs: readonly Leg[],
  index: number,
): Promise<readonly Leg[]> {
  const leg = legs[index];
  return replaceLeg(parts, run, legs, index, leg?.marketplaceIds.map((id) => ({ ...leg, marketplaceIds: [id] })) ?? []);
}

/** Reads these legs in place of the one at this index; returns the run's legs as they are then. @throws {ClaimLost} */
export async function replaceLeg(
  { database }: Pick<SyncParts, 'database'>,
  run: ClaimedRun,
  legs: readonly Leg[],
  index: number,
  by: readonly Leg[],
): Promise<readonly Leg[]> {
  const split = [...legs.slice(0, index), ...by, ...legs.slice(index + 1)];
  const rows = await database.query(
    `UPDATE sync_run SET legs = $3::jsonb, leg = $4, page_query = NULL, page_token = NULL, page_token_at = NULL
      WHERE id = $1 AND claim = $2 AND status = 'RUNNING' RETURNING id`,
    [run.id, run.claim, JSON.stringify(split), index],
  );
  if (rows.length === 0) throw new ClaimLost();
  return split;
}

/**
 * Names the refused marketplaces on the run, and goes on to the leg after this index.
 * @throws {ClaimLost}
 */
export async function passOver(
  { database, clock }: SyncParts,
  run: ClaimedRun,
  index: number,
  refused: readonly string[],
): Promise<void> {
  await database.transaction(async (sql) => {
    const rows = await sql.query(
      `UPDATE sync_run SET refused_marketplace_ids = $3::text[], leg = $4, page_query = NULL, page_token = NULL
        WHERE id = $1 AND claim = $2 AND status = 'RUNNING' RETURNING id`,
      [run.id, run.claim, refused, index + 1],
    );
    if (rows.length === 0) throw new ClaimLost();
    const last = refused.at(-1);
    if (!run.dryRun && last !== undefined) await markRefused(sql, last, clock.now());
  });
}

/** What the owner is told of them. */
export function marketplacesRefused(ids: readonly string[]): MarketplacesRefused {
  const names = ids.map((id) => `${marketplaceById(id)?.name ?? 'a marketplace'} (${id})`).join(', ');
  return new MarketplacesRefused(
    'SP_API_FORBIDDEN',
    `Amazon refused ${names} with 403; the other marketplaces are in. Check that the account sells there and that the ` +
      'application was authorised for it, or take it off the connection with saveConnection.',
  );
}
