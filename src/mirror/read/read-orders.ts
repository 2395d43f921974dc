import type { Sql } from '../../database/database.js';
import { itemRows, type OrderItemRow, type OrderRow, orderRowsWithItems } from './order-row.js';

/** The order with Amazon's id, and its lines. Without a marketplace, and when several have it, the one bought last. */
export async function readOrder(
  sql: Sql,
  amazonOrderId: string,
  marketplaceId: string | null,
): Promise<OrderRow | null> {
  const [row] = await sql.query<{ json: unknown[] }>(
    `SELECT ${orderRowsWithItems.sql} AS json FROM amazon_order AS o
     WHERE o.amazon_order_id = $1 AND ($2::text IS NULL OR o.marketplace_id = $2)
     ORDER BY o.purchase_date DESC, o.id DESC LIMIT 1`,
    [amazonOrderId, marketplaceId],
    { prepare: true },
  );
  return row ? orderRowsWithItems.read(row.json) : null;
}

/** The statuses that orders have, each found by one step in the index on them, however many orders there are. */
export async function readOrderStatuses(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ status: string }>(
    `WITH RECURSIVE found (status) AS (
       (SELECT order_status FROM amazon_order ORDER BY order_status LIMIT 1)
       UNION ALL
       SELECT (SELECT order_status FROM amazon_order WHERE order_status > found.status ORDER BY order_status LIMIT 1)
         FROM found WHERE found.status IS NOT NULL
     )
     SELECT status FROM found WHERE status IS NOT NULL ORDER BY status`,
  );
  return rows.map(({ status }) => status);
}

/** Orders by the mirror's own ids, with their lines, by one statement; what isn't there is left out. */
export async function readOrders(sql: Sql, ids: readonly bigint[]): Promise<Map<bigint, OrderRow>> {
  const rows = await sql.query<{ json: unknown[] }>(
    `SELECT ${orderRowsWithItems.sql} AS json FROM amazon_order AS o WHERE o.id = ANY ($1::bigint[])`,
    [ids.map(String)],
    { prepare: true },
  );
  return byId(rows.map(({ json }) => orderRowsWithItems.read(json)));
}

/** Lines by the mirror's own ids, by one statement. */
export async function readItems(sql: Sql, ids: readonly bigint[]): Promise<Map<bigint, OrderItemRow>> {
  const rows = await sql.query<{ json: unknown[] }>(
    `SELECT ${itemRows.sql} AS json FROM amazon_order_item AS i WHERE i.id = ANY ($1::bigint[])`,
    [ids.map(String)],
    { prepare: true },
  );
  return byId(rows.map(({ json }) => itemRows.read(json)));
}

function byId<Row extends { readonly id: bigint }>(rows: readonly Row[]): Map<bigint, Row> {
  return new Map(rows.map((row) => [row.id, row]));
}

/** What Amazon sent, without personal data, by one statement. */
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

/** A version of an order that could not be read. */
export interface RejectedVersion {
  readonly reason: string;
  readonly rejectedAt: Date;
}

/** The versions that could not be read and came last, by Amazon's order ids, by one statement. */
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
