import type { Sql } from '../../database/database.js';
import {
  ALL_MEMBERS,
  itemRows,
  type MirroredItem,
  type MirroredOrder,
  orderRows,
  type SelectedMembers,
} from './mirrored-order.js';

/** Reads the order with Amazon's id. Without a marketplace, and if several have it: the one purchased last. */
export async function readOrder(
  sql: Sql,
  amazonOrderId: string,
  marketplaceId: string | null,
  selected: SelectedMembers,
): Promise<MirroredOrder | null> {
  const rows = orderRows(selected);
  const [row] = await sql.query<{ json: unknown[] }>(
    `SELECT ${rows.sql} AS json FROM amazon_order AS o
     WHERE o.amazon_order_id = $1 AND ($2::text IS NULL OR o.marketplace_id = $2)
     ORDER BY o.purchase_date DESC, o.id DESC LIMIT 1`,
    [amazonOrderId, marketplaceId],
    { prepare: 'requested' },
  );
  return row ? rows.read(row.json) : null;
}

/** Reads the statuses that orders have, in alphabetical order. */
export async function readOrderStatuses(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ status: string }>(
    'SELECT DISTINCT order_status AS status FROM order_count WHERE orders > 0 ORDER BY 1',
  );
  return rows.map(({ status }) => status);
}

/**
 * One of the keys in `$1`. The subquery hides their number from the planner: for a plain array PostgreSQL estimates a plan
 * for its length to be cheaper than the generic one, and plans the prepared statement again for each execution.
 */
const ANY_KEY = 'ANY (ARRAY(SELECT unnest($1::bigint[])))';

const wholeOrders = orderRows(ALL_MEMBERS);

/** Reads orders with their items by row id, with one statement. Ids without a row are left out, as in all reads below. */
export async function readOrders(sql: Sql, ids: readonly bigint[]): Promise<Map<bigint, MirroredOrder>> {
  const rows = await sql.query<{ json: unknown[] }>(
    `SELECT ${wholeOrders.sql} AS json FROM amazon_order AS o WHERE o.id = ${ANY_KEY}`,
    [ids.map(String)],
    { prepare: true },
  );
  return byId(rows.map(({ json }) => wholeOrders.read(json)));
}

/** Reads items by row id, with one statement. */
export async function readItems(sql: Sql, ids: readonly bigint[]): Promise<Map<bigint, MirroredItem>> {
  const rows = await sql.query<{ json: unknown[] }>(
    `SELECT ${itemRows.sql} AS json FROM amazon_order_item AS i WHERE i.id = ${ANY_KEY}`,
    [ids.map(String)],
    { prepare: true },
  );
  return byId(rows.map(({ json }) => itemRows.read(json)));
}

function byId<Row extends { readonly id: bigint }>(rows: readonly Row[]): Map<bigint, Row> {
  return new Map(rows.map((row) => [row.id, row]));
}

/** Reads what Amazon sent, without personal data, by row id, with one statement. */
export async function readPayloads(
  sql: Sql,
  table: 'amazon_order' | 'amazon_order_item',
  ids: readonly bigint[],
): Promise<Map<bigint, unknown>> {
  const rows = await sql.query<{ id: bigint; payload: unknown }>(
    `SELECT id, raw_payload AS payload FROM ${table} WHERE id = ANY ($1::bigint[])`,
    [ids.map(String)],
  );
  return new Map(rows.map((row) => [row.id, row.payload]));
}

/** A version of an order that Ordermirror could not read. */
export interface RejectedVersion {
  readonly reason: string;
  readonly rejectedAt: Date;
}

/** Reads the latest rejected versions by Amazon's order ids, with one statement. */
export async function readRejectedVersions(
  sql: Sql,
  amazonOrderIds: readonly string[],
): Promise<Map<string, RejectedVersion>> {
  const rows = await sql.query<RejectedVersion & { id: string }>(
    `SELECT amazon_order_id AS id, reason, rejected_at AS "rejectedAt" FROM rejected_order
      WHERE key = ANY ($1::text[]) AND amazon_order_id = key`,
    [amazonOrderIds],
  );
  return new Map(rows.map(({ id, ...version }) => [id, version]));
}
