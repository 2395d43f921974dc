import type { Database, Sql } from '../../database/database.js';
import { LEDGER_SOURCE } from './ledger.js';
import { writeOrders } from './save-orders.js';

/** Which orders are kept (RETENTION_ORDERS_MONTHS). */
export interface OrderRetention {
  readonly months: number;
  /** Orders purchased before are deleted; null before the first complete run. */
  readonly keptFrom: Date | null;
}

/** Orders deleted by one transaction: other writers wait for a tenth of a second. */
const DELETE_STEP = 500;
/** Then runs get their turn; the next tidying continues. */
const MAX_STEPS = 100;

/** Returns which orders are kept; null while all are. */
export async function readOrderRetention(sql: Pick<Sql, 'query'>): Promise<OrderRetention | null> {
  const [row] = await sql.query<OrderRetention>('SELECT months, kept_from AS "keptFrom" FROM order_retention');
  return row ?? null;
}

/**
 * Stores which orders are kept: those purchased within this number of months, counted back in whole days (UTC). The merge
 * (merge-orders.ts) stores no older one from then on, wherever it comes from. The months end at the instant up to which the
 * mirror is complete, which Amazon's answers prove: a clock that is ahead deletes nothing.
 * @param options.months null: all orders are kept
 */
export async function storeOrderRetention(
  sql: Pick<Sql, 'query'>,
  { months, now }: { readonly months: number | null; readonly now: Date },
): Promise<void> {
  if (months === null) {
    await sql.query('DELETE FROM order_retention');
    return;
  }
  await sql.query(
    `INSERT INTO order_retention AS r (months, kept_from)
     SELECT $1::smallint,
            date_trunc('day', CASE WHEN max(proven_until) IS NOT NULL THEN least($2::timestamptz, max(proven_until)) END
                              - make_interval(months => $1::int), 'UTC')
       FROM sync_cursor
     ON CONFLICT (singleton) DO UPDATE
        SET months = excluded.months,
            kept_from = coalesce(excluded.kept_from, CASE WHEN r.months = excluded.months THEN r.kept_from END)`,
    [months, now],
  );
}

export interface DeletionOptions {
  readonly months: number | null;
  readonly now: Date;
  /** Interrupts the deletion after a step; the next one continues. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Deletes orders that are no longer kept, oldest first, in small transactions, each with all that belongs to its orders:
 * items, lines of the ledger, rejections, notifications that wait; and products that no other order has. Triggers bring the
 * counts up to date and mark days of sales as changed; changes of orders have a retention of their own. Lines of the ledger
 * with another source stay. What the history has read of the time before no longer counts as read.
 * @returns the number of orders
 */
export async function deleteOldOrders(database: Database, { months, now, signal }: DeletionOptions): Promise<number> {
  // Later merges see it, and earlier ones have committed.
  const keptFrom = await writeOrders(database, async (sql) => {
    await storeOrderRetention(sql, { months, now });
    const retention = await readOrderRetention(sql);
    if (retention?.keptFrom) await forgetBefore(sql, retention.keptFrom);
    return retention?.keptFrom ?? null;
  });
  if (keptFrom === null) return 0;
  let deleted = 0;
  for (let step = 0; step < MAX_STEPS && !signal?.aborted; step += 1) {
    const count = await writeOrders(database, (sql) => deleteStep(sql, keptFrom));
    deleted += count;
    if (count < DELETE_STEP) break;
  }
  if (deleted > 0) await writeOrders(database, forgetUnsoldProducts);
  return deleted;
}

/** Deletes the products of searches that no item names any more; an index finds an item for each of the others. */
async function forgetUnsoldProducts(sql: Sql): Promise<void> {
  await sql.query(
    `DELETE FROM mirrored_product AS p
      WHERE (SELECT true FROM amazon_order_item AS i WHERE product_key(i.seller_sku, i.asin, i.title) = p.key LIMIT 1) IS NULL`,
  );
}

async function deleteStep(sql: Sql, keptFrom: Date): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `WITH old AS MATERIALIZED (
       SELECT id, amazon_order_id FROM amazon_order WHERE purchase_date < $1 ORDER BY purchase_date, id LIMIT ${DELETE_STEP}
     ), lines AS (
       DELETE FROM order_items WHERE id = ANY (ARRAY(
         SELECT l.id
           FROM old CROSS JOIN LATERAL (
             SELECT id, source FROM order_items WHERE order_id = old.amazon_order_id OFFSET 0
           ) AS l
          WHERE l.source = '${LEDGER_SOURCE}'))
     ), rejections AS (
       DELETE FROM rejected_order WHERE amazon_order_id = ANY (ARRAY(SELECT amazon_order_id FROM old))
     ), waits AS (
       -- Locked in the order of lockOrders (notifications/waiting-orders.ts).
       DELETE FROM notified_order WHERE amazon_order_id = ANY (ARRAY(
         SELECT amazon_order_id FROM notified_order
          WHERE amazon_order_id = ANY (ARRAY(SELECT amazon_order_id FROM old)) ORDER BY amazon_order_id FOR UPDATE))
     ), orders AS (
       DELETE FROM amazon_order WHERE id = ANY (ARRAY(SELECT id FROM old)) RETURNING 1
     )
     SELECT count(*)::int AS count FROM orders`,
    [keptFrom],
  );
  return row?.count ?? 0;
}

/** Cuts off what the history has read of the time before, and deletes rejected orders of that time. */
async function forgetBefore(sql: Sql, keptFrom: Date): Promise<void> {
  await sql.query(`DELETE FROM report_window WHERE kind = 'HISTORY' AND until_time <= $1`, [keptFrom]);
  await sql.query(
    `UPDATE report_window SET from_time = $1, is_oldest = false WHERE kind = 'HISTORY' AND from_time < $1`,
    [keptFrom],
  );
  await sql.query(
    `DELETE FROM rejected_order
      WHERE rejected_at < $1
         OR (payload ->> 'createdTime' ~ '^\\d{4}-\\d\\d-\\d\\dT' AND left(payload ->> 'createdTime', 10) < $2)`,
    [keptFrom, keptFrom.toISOString().slice(0, 10)],
  );
}
