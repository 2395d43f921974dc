import { createHash } from 'node:crypto';
import type { Sql } from '../../database/sql.js';
import type { UnreadableOrder } from '../../spapi/orders/order-source.js';
import { READER_VERSION } from '../../spapi/orders/read-order.js';

/**
 * Keeps orders that could not be read, with their payload: one row an order, the latest reason. Those that may be
 * readable another time are kept as of an older reader, so that the next run tries them again.
 * @param run null for an order that was asked for by its id, outside of runs
 */
export async function setAside(
  sql: Sql,
  run: { readonly id: bigint; readonly includeItems: boolean } | null,
  orders: readonly UnreadableOrder[],
): Promise<void> {
  if (orders.length === 0) return;
  const byKey = new Map(orders.map((order) => [keyOf(order), order]));
  await sql.query(
    `INSERT INTO rejected_order (key, amazon_order_id, reason, payload, run_id, needs_items, reader_version)
     SELECT key, amazon_order_id, reason, payload::jsonb, $5, $7, reader_version
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $6::int[])
         AS r (key, amazon_order_id, reason, payload, reader_version)
     ON CONFLICT (key) DO UPDATE
        SET reason = excluded.reason, payload = excluded.payload, run_id = excluded.run_id,
            needs_items = rejected_order.needs_items OR excluded.needs_items,
            reader_version = excluded.reader_version, rejected_at = now()`,
    [
      [...byKey.keys()],
      [...byKey.values()].map((order) => order.amazonOrderId),
      [...byKey.values()].map((order) => order.reason),
      [...byKey.values()].map((order) => storedPayload(order)),
      run?.id ?? null,
      [...byKey.values()].map((order) => (order.mayPass ? 0 : READER_VERSION)),
      run?.includeItems ?? false,
    ],
  );
}

/** Orders that were read after all are set aside no more. */
export async function takeBack(sql: Sql, orders: readonly { readonly amazonOrderId: string }[]): Promise<void> {
  if (orders.length === 0) return;
  const ids = orders.map((order) => order.amazonOrderId);
  await sql.query(`DELETE FROM rejected_order WHERE amazon_order_id = ANY ($1::text[])`, [ids]);
}

/**
 * SQL: parts of a WITH that has `moved`, in a statement whose $1 is whether items are included. Orders that were read are
 * rejected no longer. But one that a run with items rejected and a run without items read still lacks its items, which lists
 * may not show again: it is kept as of an older reader, so that the next run with items reads it by its id.
 * @param ids SQL of the orders that were read, a text array
 * @param condition SQL of whether to do so at all
 */
export const clearRejectionsSql = (ids: string, condition = 'true') => `cleared AS (
    DELETE FROM rejected_order USING moved
     WHERE ($1::boolean OR NOT needs_items) AND ${condition} AND amazon_order_id = ANY (${ids})
  ), kept AS (
    UPDATE rejected_order SET reader_version = 0 FROM moved
     WHERE NOT $1::boolean AND needs_items AND reader_version > 0 AND ${condition} AND amazon_order_id = ANY (${ids})
  )`;

/** In characters of JSON. An order has 3,000 usually. */
const MAX_PAYLOAD_LENGTH = 1_000_000;

function storedPayload({ payload }: UnreadableOrder): string {
  const json = JSON.stringify(payload ?? null);
  return json.length <= MAX_PAYLOAD_LENGTH ? json : JSON.stringify(`(cut: ${json.length} characters of JSON)`);
}

function keyOf(order: UnreadableOrder): string {
  return (
    order.amazonOrderId ??
    `sha256:${createHash('sha256')
      .update(JSON.stringify(order.payload ?? null))
      .digest('hex')}`
  );
}
