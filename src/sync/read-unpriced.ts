import { SyncError } from '../errors.js';
import type { UnreadableOrder } from '../spapi/order-source.js';
import { isUnreadable, READER_VERSION } from '../spapi/read-order.js';
import type { Order } from '../spapi/wire.js';
import { CancelRequested } from './interruptions.js';
import { heldVersions } from './merge-orders.js';
import { orderRows } from './order-rows.js';
import type { ClaimedRun } from './run-row.js';
import { writeOrders } from './save-orders.js';
import { saveArrival } from './save-page.js';
import type { SyncParts } from './sync-parts.js';

/** Of each order once a day, for so many days after its purchase. */
const DAYS = 30;
/** So many orders a run: getOrder gives 30 at once, then one every two seconds (model). */
const MOST_ORDERS = 60;
const ORDERS_A_TRANSACTION = 20;

/**
 * Orders whose price is filled in late may not show up in a list again (seen in the field: days later, without a change
 * of status), and orders set aside by an older reader won't at all: they are read by themselves, with getOrder.
 * An outage of Amazon's here doesn't spoil the run: what is missing is read by the next one. Nor does an order that
 * Amazon refuses: its turn comes again a day later.
 */
export async function readUnpriced(
  run: ClaimedRun,
  parts: SyncParts,
  marketplaceIds: readonly string[],
): Promise<void> {
  const ids = await idsToRead(run, parts, marketplaceIds);
  try {
    for (let at = 0; at < ids.length; at += ORDERS_A_TRANSACTION)
      await readAndSave(run, parts, ids.slice(at, at + ORDERS_A_TRANSACTION));
  } catch (error) {
    if (!(error instanceof SyncError) || error.code !== 'SP_API_UNAVAILABLE') throw error;
    parts.logger.warn({ runId: String(run.id), code: error.code }, 'Orders without a price are left to a later run.');
  }
}

/** What Amazon says of this order and of no other. */
const OF_THIS_ORDER: ReadonlySet<string> = new Set(['SP_API_FORBIDDEN', 'SP_API_INVALID_INPUT']);

async function readOne({ source, calls, logger }: SyncParts, id: string): Promise<Order | UnreadableOrder | null> {
  try {
    return await source.getOrder(id, calls);
  } catch (error) {
    if (!(error instanceof SyncError) || !OF_THIS_ORDER.has(error.code)) throw error;
    logger.warn({ amazonOrderId: id, code: error.code }, 'Amazon refused an order that was to be read again.');
    return null;
  }
}

async function readAndSave(run: ClaimedRun, parts: SyncParts, ids: readonly string[]): Promise<void> {
  const { database, calls, clock } = parts;
  const orders: Order[] = [];
  const rejected: UnreadableOrder[] = [];
  const held = await heldVersions(database, ids);
  for (const id of ids) {
    const order = await readOne(parts, id);
    if (order === null) continue;
    if (isUnreadable(order)) rejected.push(order);
    else orders.push(order);
  }
  const { requests } = calls;
  const at = clock.now();
  const rows = orderRows(orders);
  const checkpoint = { leg: null, next: null, progress: 1, estimatedFinishAt: null };
  const { cancelRequested } = await writeOrders(database, async (sql) => {
    await sql.query(`UPDATE rejected_order SET reader_version = $2 WHERE amazon_order_id = ANY ($1::text[])`, [
      ids,
      READER_VERSION,
    ]);
    const saved = await saveArrival(sql, run, { rows, rejected, pages: 0, checkpoint, requests, at, held });
    await sql.query(`UPDATE amazon_order SET reread_at = $2 WHERE amazon_order_id = ANY ($1::text[])`, [ids, at]);
    return saved;
  });
  if (cancelRequested) throw new CancelRequested();
  calls.signal.throwIfAborted();
}

async function idsToRead(
  run: ClaimedRun,
  { database, clock }: SyncParts,
  marketplaceIds: readonly string[],
): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    `SELECT id FROM (
       SELECT amazon_order_id AS id, coalesce(reread_at, mirrored_at) AS last_read FROM amazon_order
        WHERE order_total_amount IS NULL AND order_status <> 'CANCELLED' AND channel_name <> 'NON_AMAZON'
          AND marketplace_id = ANY ($5::text[])
          AND purchase_date > $1::timestamptz - $2::int * interval '1 day'
          AND coalesce(reread_at, mirrored_at) < $1::timestamptz - interval '1 day'
       UNION ALL
       SELECT amazon_order_id, reread_at FROM amazon_order
        WHERE reread_wanted AND reread_marked_by IS DISTINCT FROM $4 AND (reread_at IS NULL OR reread_at < $1::timestamptz - interval '1 day')
          AND marketplace_id = ANY ($5::text[] || ARRAY['NON_AMAZON', 'UNKNOWN'])
       UNION ALL
       SELECT amazon_order_id, rejected_at FROM rejected_order
        WHERE amazon_order_id IS NOT NULL AND reader_version < $3 AND run_id IS DISTINCT FROM $4
     ) AS unsettled
     GROUP BY id ORDER BY min(last_read) NULLS FIRST LIMIT ${MOST_ORDERS}`,
    [clock.now(), DAYS, READER_VERSION, run.id, marketplaceIds],
  );
  return rows.map(({ id }) => id);
}
