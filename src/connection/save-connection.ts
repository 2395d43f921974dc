import type { AuditLog } from '../accounts/audit-log.js';
import type { Principal } from '../accounts/principal.js';
import { UserError } from '../core/errors.js';
import type { Database, Sql } from '../database/database.js';
import type { ConnectionStatus, SpApiRegion } from '../generated/prisma/client.js';
import { checkedText } from './check-input.js';
import { checkedMarketplaceIds } from './marketplaces.js';
import type { SaveConnectionInput } from './types.js';

interface CurrentRow {
  readonly region: SpApiRegion;
  readonly status: ConnectionStatus;
  readonly sellerIdentifier: string | null;
  readonly marketplaceIds: string[];
  /** Whether the last check succeeded, with the saved credential. */
  readonly checkedOk: boolean;
}

interface Context {
  readonly database: Database;
  readonly audit: AuditLog;
  /** Of a new connection without one. */
  readonly defaultRegion: SpApiRegion | null;
}

/**
 * Inserts the single row, or updates the members of the input. Another account starts without cursors, so that its first
 * window is read completely.
 */
export async function saveConnection(context: Context, actor: Principal, input: SaveConnectionInput): Promise<void> {
  const seller = checkedText('sellerIdentifier', input.sellerIdentifier, 200);
  await context.database.transaction(async (sql) => {
    // Locks the table, since there may be no row yet. Conflicts with the lock of a run's start (sync/engine.ts).
    await sql.query('LOCK TABLE amazon_connection IN SHARE ROW EXCLUSIVE MODE');
    const [current] = await sql.query<CurrentRow>(
      `SELECT region, status, seller_identifier AS "sellerIdentifier", coalesce(marketplace_ids, '{}') AS "marketplaceIds",
         coalesce(last_check_ok, false) AND EXISTS (SELECT FROM amazon_credential) AS "checkedOk"
       FROM amazon_connection`,
    );
    const region = input.region ?? current?.region ?? context.defaultRegion;
    if (region === null) {
      throw new UserError(
        'BAD_USER_INPUT',
        'A new connection needs its region: NA, EU or FE, the region of the refresh token.',
      );
    }
    const marketplaceIds = checkedMarketplaceIds(input.marketplaceIds ?? current?.marketplaceIds ?? [], region);
    const status = input.status ?? statusAfter(current, region, marketplaceIds);
    const sellerIdentifier = seller === undefined ? (current?.sellerIdentifier ?? null) : seller;
    const isAnother = current !== undefined && isAnotherAccount(current, { region, sellerIdentifier });
    if (isAnother) await deleteCursors(sql);
    await sql.query(
      `INSERT INTO amazon_connection AS c (region, marketplace_ids, seller_identifier, status)
       VALUES ($1::sp_api_region, $2::text[], $3, $4::connection_status)
       ON CONFLICT (singleton) DO UPDATE SET
         region = excluded.region, marketplace_ids = excluded.marketplace_ids,
         seller_identifier = excluded.seller_identifier, status = excluded.status,
         last_check_at = CASE WHEN c.region = excluded.region THEN c.last_check_at END,
         last_check_ok = CASE WHEN c.region = excluded.region THEN c.last_check_ok END,
         last_check_error = CASE WHEN c.region = excluded.region THEN c.last_check_error END,
         last_check_error_code = CASE WHEN c.region = excluded.region THEN c.last_check_error_code END,
         updated_at = now()`,
      [region, marketplaceIds, sellerIdentifier, status],
    );
    const detail = { region, marketplaceIds, status, ...(isAnother ? { cursorsForgotten: true } : {}) };
    await context.audit.record('saveConnection', actor, detail, sql);
  });
}

type Account = Pick<CurrentRow, 'region' | 'sellerIdentifier'>;

/** Adding or removing the seller's identifier doesn't change the account. */
function isAnotherAccount(before: Account, after: Account): boolean {
  if (before.region !== after.region) return true;
  const { sellerIdentifier } = before;
  return sellerIdentifier !== null && after.sellerIdentifier !== null && sellerIdentifier !== after.sellerIdentifier;
}

/** @throws {UserError} SYNC_ALREADY_RUNNING during a run, which would set cursors of the current account */
async function deleteCursors(sql: Sql): Promise<void> {
  const [run] = await sql.query<{ id: bigint }>("SELECT id FROM sync_run WHERE status = 'RUNNING' AND NOT dry_run");
  if (run) {
    throw new UserError(
      'SYNC_ALREADY_RUNNING',
      'A run of the current account is active. Cancel it (cancelSync) or wait for its end, then change the account.',
      { runId: run.id },
    );
  }
  await sql.query('DELETE FROM sync_cursor');
  await sql.query('DELETE FROM report_window');
  // Unreadable intervals belong to the previous account as well.
  await sql.query('DELETE FROM rejected_order WHERE updated_from IS NOT NULL');
  // Another account may have other roles.
  await sql.query('DELETE FROM refused_data_set');
}

/** Returns the status if the input sets none. */
function statusAfter(current: CurrentRow | undefined, region: SpApiRegion, marketplaceIds: string[]): ConnectionStatus {
  if (!current) return 'PENDING';
  if (current.status === 'DISCONNECTED') return 'DISCONNECTED';
  if (current.region !== region) return 'PENDING';
  if (current.checkedOk) return marketplaceIds.length > 0 ? 'ACTIVE' : 'PENDING';
  return current.status === 'ACTIVE' && marketplaceIds.length === 0 ? 'PENDING' : current.status;
}
