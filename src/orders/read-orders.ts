import type { Sql } from '../database/database.js';
import { itemColumns, type OrderItemRow, type OrderRow, orderColumns } from './order-row.js';

/** The order with Amazon's id. Without a marketplace, and when several have it, the one bought last. */
export async function readOrder(
  sql: Sql,
  amazonOrderId: string,
  marketplaceId: string | null,
): Promise<OrderRow | null> {
  const [row] = await sql.query<OrderRow>(
    `SELECT ${orderColumns} FROM amazon_order AS o
     WHERE o.amazon_order_id = $1 AND ($2::text IS NULL OR o.marketplace_id = $2)
     ORDER BY o.purchase_date DESC, o.id DESC LIMIT 1`,
    [amazonOrderId, marketplaceId],
  );
  return row ?? null;
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

/** Orders by the mirror's own ids, by one statement; what isn't there is left out. */
export async function readOrders(sql: Sql, ids: readonly bigint[]): Promise<Map<bigint, OrderRow>> {
  const rows = await sql.query<OrderRow>(
    `SELECT ${orderColumns} FROM amazon_order AS o WHERE o.id = ANY ($1::bigint[])`,
    [ids.map(String)],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** Lines by the mirror's own ids, by one statement. */
export async function readItems(sql: Sql, ids: readonly bigint[]): Promise<Map<bigint, OrderItemRow>> {
  const rows = await sql.query<OrderItemRow>(
    `SELECT ${itemColumns} FROM amazon_order_item AS i WHERE i.id = ANY ($1::bigint[])`,
    [ids.map(String)],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** The lines of orders by one statement, sorted by Amazon's item id; an order without lines has an empty list. */
export async function readItemsOfOrders(sql: Sql, orderIds: readonly bigint[]): Promise<Map<bigint, OrderItemRow[]>> {
  const rows = await sql.query<OrderItemRow>(
    `SELECT ${itemColumns} FROM amazon_order_item AS i WHERE i.order_id = ANY ($1::bigint[])
     ORDER BY i.order_item_id, i.id`,
    [orderIds.map(String)],
  );
  const lists = new Map<bigint, OrderItemRow[]>(orderIds.map((id) => [id, []]));
  for (const row of rows) lists.get(row.orderId)?.push(row);
  return lists;
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
