import { createHash } from 'node:crypto';
import type { Sql } from '../database/sql.js';
import type { UnreadableOrder } from '../spapi/order-source.js';

/** Keeps orders that could not be read, with their payload: one row an order, the latest reason. */
export async function setAside(sql: Sql, runId: bigint, orders: readonly UnreadableOrder[]): Promise<void> {
  if (orders.length === 0) return;
  const byKey = new Map(orders.map((order) => [keyOf(order), order]));
  await sql.query(
    `INSERT INTO rejected_order (key, amazon_order_id, reason, payload, run_id)
     SELECT key, amazon_order_id, reason, payload::jsonb, $5
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS r (key, amazon_order_id, reason, payload)
     ON CONFLICT (key) DO UPDATE
        SET reason = excluded.reason, payload = excluded.payload, run_id = excluded.run_id, rejected_at = now()`,
    [
      [...byKey.keys()],
      [...byKey.values()].map((order) => order.amazonOrderId),
      [...byKey.values()].map((order) => order.reason),
      [...byKey.values()].map((order) => JSON.stringify(order.payload ?? null)),
      runId,
    ],
  );
}

/** An order that is read after all is set aside no more. */
export async function takeBack(sql: Sql, amazonOrderIds: readonly string[]): Promise<void> {
  await sql.query(`DELETE FROM rejected_order WHERE amazon_order_id = ANY ($1::text[])`, [amazonOrderIds]);
}

function keyOf(order: UnreadableOrder): string {
  return (
    order.amazonOrderId ??
    `sha256:${createHash('sha256')
      .update(JSON.stringify(order.payload ?? null))
      .digest('hex')}`
  );
}
