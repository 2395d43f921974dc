import type { AuditLog } from '../accounts/audit-log.js';
import { UserError } from '../core/errors.js';
import type { Database, Sql } from '../database/database.js';
import type { ConnectionStatus, SpApiRegion, User } from '../generated/prisma/client.js';
import type { SaveConnectionInput } from './connection.js';
import { checkedWords } from './credential-input.js';
import { checkedMarketplaceIds } from './marketplaces.js';

interface Present {
  readonly region: SpApiRegion;
  readonly status: ConnectionStatus;
  readonly sellerIdentifier: string | null;
  readonly marketplaceIds: string[];
  /** The last check went well, and was of the credential that is saved now. */
  readonly checkedOk: boolean;
}

interface Context {
  readonly database: Database;
  readonly audit: AuditLog;
  /** For a connection that is made without saying one. */
  readonly defaultRegion: SpApiRegion | null;
}

/**
 * Makes the single row, or changes what the input names. The cursors belong to an account: with another one nothing is
 * proven yet, and its first window is read whole.
 */
export async function saveConnection(context: Context, actor: User, input: SaveConnectionInput): Promise<void> {
  const seller = checkedWords('sellerIdentifier', input.sellerIdentifier, 200);
  await context.database.transaction(async (sql) => {
    // Of two at once the second waits here: there may be no row yet to lock.
    await sql.query('LOCK TABLE amazon_connection IN SHARE ROW EXCLUSIVE MODE');
    const [present] = await sql.query<Present>(
      `SELECT region, status, seller_identifier AS "sellerIdentifier", coalesce(marketplace_ids, '{}') AS "marketplaceIds",
         coalesce(last_check_ok, false) AND EXISTS (SELECT FROM amazon_credential) AS "checkedOk"
       FROM amazon_connection`,
    );
    const region = input.region ?? present?.region ?? context.defaultRegion;
    if (region === null) {
      throw new UserError(
        'BAD_USER_INPUT',
        'A new connection needs its region: NA, EU or FE, the one that the refresh token is of.',
      );
    }
    const marketplaceIds = checkedMarketplaceIds(input.marketplaceIds ?? present?.marketplaceIds ?? [], region);
    const status = input.status ?? statusAfter(present, region, marketplaceIds);
    const sellerIdentifier = seller === undefined ? (present?.sellerIdentifier ?? null) : seller;
    const isAnother = present !== undefined && isAnotherAccount(present, { region, sellerIdentifier });
    if (isAnother) await forgetCursors(sql);
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

type Account = Pick<Present, 'region' | 'sellerIdentifier'>;

/** Naming the seller for the first time, or no more, says nothing of the account. */
function isAnotherAccount(before: Account, after: Account): boolean {
  if (before.region !== after.region) return true;
  const { sellerIdentifier: was } = before;
  return was !== null && after.sellerIdentifier !== null && was !== after.sellerIdentifier;
}

/** @throws {UserError} SYNC_ALREADY_RUNNING: what a run of the present account reads would count as the other one's. */
async function forgetCursors(sql: Sql): Promise<void> {
  const [run] = await sql.query<{ id: bigint }>("SELECT id FROM sync_run WHERE status = 'RUNNING' AND NOT dry_run");
  if (run) {
    throw new UserError(
      'SYNC_ALREADY_RUNNING',
      'A run of the present account is under way. Cancel it (cancelSync) or wait for its end, then change the account.',
      { runId: run.id },
    );
  }
  await sql.query('DELETE FROM sync_cursor');
  // Intervals of time that could not be read are the other account's, too.
  await sql.query('DELETE FROM rejected_order WHERE updated_from IS NOT NULL');
}

/** What follows for the status when the owner doesn't set it. */
function statusAfter(present: Present | undefined, region: SpApiRegion, marketplaceIds: string[]): ConnectionStatus {
  if (!present) return 'PENDING';
  if (present.status === 'DISCONNECTED') return 'DISCONNECTED';
  if (present.region !== region) return 'PENDING';
  if (present.checkedOk) return marketplaceIds.length > 0 ? 'ACTIVE' : 'PENDING';
  return present.status === 'ACTIVE' && marketplaceIds.length === 0 ? 'PENDING' : present.status;
}
