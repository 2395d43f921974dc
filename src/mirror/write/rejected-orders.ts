import { createHash } from 'node:crypto';
import { int, text, unnestRows } from '../../database/binary-columns.js';
import { bindings, type Sql } from '../../database/database.js';
import type { UnreadableOrder } from '../../spapi/orders/order-source.js';
import { READER_VERSION } from '../../spapi/orders/read-order.js';

/**
 * Stores orders that could not be read, with their payloads: one row per order, with the latest reason. Orders that may
 * become readable get reader version 0: the next run reads them again by id (sync/read/orders-to-reread.ts).
 * @param run null for an order that was requested by its id, outside of runs
 */
export async function rejectOrders(
  sql: Sql,
  run: { readonly id: bigint; readonly includeItems: boolean } | null,
  orders: readonly UnreadableOrder[],
): Promise<void> {
  if (orders.length === 0) return;
  const byKey = new Map(orders.map((order) => [keyOf(order), order]));
  const { bind, values } = bindings();
  const rows = unnestRows(bind, 'r', [...byKey], {
    key: text(([key]) => key),
    amazon_order_id: text(([, order]) => order.amazonOrderId),
    reason: text(([, order]) => order.reason),
    payload: text(([, order]) => storedPayload(order)),
    reader_version: int(([, order]) => (order.isIncomplete ? 0 : READER_VERSION)),
  });
  await sql.query(
    `INSERT INTO rejected_order (key, amazon_order_id, reason, payload, reader_version, run_id, needs_items)
     SELECT key, amazon_order_id, reason, payload::jsonb, reader_version,
            ${bind(run?.id ?? null)}::bigint, ${bind(run?.includeItems ?? false)}::boolean
       FROM ${rows}
     ON CONFLICT (key) DO UPDATE
        SET reason = excluded.reason, payload = excluded.payload, run_id = excluded.run_id,
            needs_items = rejected_order.needs_items OR excluded.needs_items,
            reader_version = excluded.reader_version, rejected_at = now()`,
    values,
  );
}

/**
 * SQL: parts of a WITH that clear the rejections of orders that were read. Where a run with items rejected an order and one
 * without items read it, the items are still missing, and lists may not return them again: such a rejection stays, with
 * reader version 0, so that the next run with items reads the order by its id.
 * @param ids SQL of the ids of the orders that were read, a text array
 * @param includeItems SQL of whether they were read with their items
 */
export const clearRejectionsSql = (ids: string, includeItems: string) => `cleared_rejections AS (
    DELETE FROM rejected_order WHERE amazon_order_id = ANY (${ids}) AND (${includeItems} OR NOT needs_items)
  ), kept_rejections AS (
    UPDATE rejected_order SET reader_version = 0
     WHERE amazon_order_id = ANY (${ids}) AND NOT ${includeItems} AND needs_items AND reader_version > 0
  )`;

/** In characters of JSON. An order usually has 3,000. */
const MAX_PAYLOAD_LENGTH = 1_000_000;

function storedPayload({ payload }: UnreadableOrder): string {
  const json = JSON.stringify(payload ?? null);
  return json.length <= MAX_PAYLOAD_LENGTH ? json : JSON.stringify(`(cut: ${json.length} characters of JSON)`);
}

/** The order's id; else a hash of its payload. */
function keyOf({ amazonOrderId, payload }: UnreadableOrder): string {
  if (amazonOrderId !== null) return amazonOrderId;
  const json = JSON.stringify(payload ?? null);
  return `sha256:${createHash('sha256').update(json).digest('hex')}`;
}
