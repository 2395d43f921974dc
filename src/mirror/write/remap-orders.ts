import { mapYielding } from '../../core/map-yielding.js';
import type { Database, Sql } from '../../database/database.js';
import type { JsonObject } from '../../spapi/http/answer.js';
import { OPTIONAL_DATA } from '../../spapi/orders/data-sets.js';
import { isUnreadable, readOrder } from '../../spapi/orders/read-order.js';
import { MAPPING_VERSION, newestOfEach, type OrderRow, orderRow, type RowSource } from './order-rows.js';
import { saveOrders, writeOrders } from './save-orders.js';

/** How many orders still have columns of an older mapping. */
export interface RemapProgress {
  readonly ordersDone: number;
  readonly ordersTotal: number;
}

/** Orders per transaction: pages of a run wait for it. */
const BATCH_SIZE = 200;

/**
 * Maps stored orders of an older MAPPING_VERSION again, from their payload, without a call to Amazon. Several processes may
 * do so at once, and it may be interrupted at any time: it continues with what is left.
 * @param onProgress called after each batch with the number of orders that it mapped
 */
export async function remapOrders(
  database: Database,
  { signal, onProgress = () => {} }: { signal: AbortSignal; onProgress?: (orders: number) => void },
): Promise<void> {
  let after = 0n;
  while (!signal.aborted) {
    const ids = await database.query<{ id: bigint }>(
      `SELECT id FROM amazon_order WHERE mapping_version < ${MAPPING_VERSION} AND id > $1 ORDER BY id LIMIT ${BATCH_SIZE}`,
      [String(after)],
    );
    const last = ids.at(-1);
    if (!last) return;
    await writeOrders(database, (sql) =>
      remap(
        sql,
        ids.map(({ id }) => String(id)),
      ),
    );
    after = last.id;
    onProgress(ids.length);
  }
}

/** Counts mapped and all orders. */
export async function remapProgress(sql: Sql): Promise<RemapProgress> {
  const [row] = await sql.query<{ left: number; total: number }>(
    `SELECT (SELECT count(*)::int FROM amazon_order WHERE mapping_version < ${MAPPING_VERSION}) AS left,
            (SELECT coalesce(sum(orders), 0)::int FROM order_count) AS total`,
  );
  const { left = 0, total = 0 } = row ?? {};
  return { ordersDone: total - left, ordersTotal: total };
}

interface StoredOrder {
  readonly source: RowSource;
  readonly payload: JsonObject;
  readonly contentHash: string;
  readonly itemsHash: string | null;
  /** Null if there are none. */
  readonly items: readonly JsonObject[] | null;
}

async function remap(sql: Sql, ids: readonly string[]): Promise<void> {
  const stored = await sql.query<StoredOrder>(
    `SELECT o.source, o.raw_payload AS payload, o.content_hash AS "contentHash", o.items_hash AS "itemsHash",
            (SELECT json_agg(i.raw_payload ORDER BY i.id) FROM amazon_order_item i WHERE i.order_id = o.id) AS items
       FROM amazon_order o WHERE o.id = ANY ($1::bigint[]) AND mapping_version < ${MAPPING_VERSION}`,
    [ids],
  );
  const rows = (await mapYielding(stored, rowOf)).filter((row) => row !== null);
  await saveOrders(sql, newestOfEach(rows), { includeItems: true, at: null, changeSource: null });
  // Whatever could not be mapped keeps its columns; it won't become readable later.
  await sql.query(
    `UPDATE amazon_order SET mapping_version = ${MAPPING_VERSION}
      WHERE id = ANY ($1::bigint[]) AND mapping_version < ${MAPPING_VERSION}`,
    [ids],
  );
}

/** Returns the row with its stored hashes; null if the payload can't be read any more. */
function rowOf({ source, payload, items, contentHash, itemsHash }: StoredOrder): OrderRow | null {
  const order = readOrder({ ...payload, orderItems: items ?? [] }, OPTIONAL_DATA);
  return isUnreadable(order) ? null : { ...orderRow(order, source), contentHash, itemsHash };
}
