import type { Database, Sql } from '../database/database.js';

/** An order that a process has claimed, to read it by its id. */
export interface WaitingOrder {
  readonly amazonOrderId: string;
  /** Of the newest notification. */
  readonly eventAt: Date;
  /** Whether `eventAt` is when the order changed, not when the notification was sent. */
  readonly hasChangeTime: boolean;
  /** The number of notifications when it was claimed. */
  readonly events: number;
  /** Reads so far without a result. */
  readonly attempts: number;
  /** The last update that the mirror has; null if it lacks the order. */
  readonly mirroredUntil: Date | null;
  /** The content hash of that version. */
  readonly mirroredHash: string | null;
}

export interface ClaimRequest {
  /** Identifies the process. */
  readonly claim: string;
  readonly leaseMs: number;
  readonly now: Date;
  readonly limit: number;
  /** While more wait than can be read: a search brings the oldest. */
  readonly fromNewest: boolean;
}

/** What a process claimed; `skipped` orders needed no read, since a run had brought them. */
export interface Claimed {
  readonly orders: readonly WaitingOrder[];
  readonly skipped: number;
}

/** Claims orders that no other process reads, or whose process died. Processes that claim at the same time share them. */
export async function claimOrders(sql: Sql, request: ClaimRequest): Promise<Claimed> {
  const { claim, leaseMs, now, limit, fromNewest } = request;
  // The last row only counts.
  const rows = await sql.query<WaitingOrder & { readonly skipped: number | null }>(
    `WITH due AS MATERIALIZED (
       SELECT amazon_order_id, event_at FROM notified_order
        WHERE (next_try_at IS NULL OR next_try_at <= $1) AND (claim IS NULL OR claimed_at < now() - $2 * interval '1 millisecond')
        ORDER BY attempts, event_at ${fromNewest ? 'DESC' : 'ASC'} LIMIT $3 FOR UPDATE SKIP LOCKED
     ), compared AS MATERIALIZED (
       SELECT d.amazon_order_id, o.last_update_date, o.content_hash, o.last_update_date >= d.event_at AS is_done
         FROM due d
              LEFT JOIN LATERAL (
                SELECT last_update_date, content_hash FROM amazon_order
                 WHERE amazon_order_id = d.amazon_order_id AND source = 'API'
                 ORDER BY last_update_date DESC LIMIT 1
              ) AS o ON true
     ), skipped AS (
       DELETE FROM notified_order w USING compared c WHERE c.amazon_order_id = w.amazon_order_id AND c.is_done RETURNING 1
     ), claimed AS (
       UPDATE notified_order w SET claim = $4, claimed_at = now()
         FROM compared c
        WHERE c.amazon_order_id = w.amazon_order_id AND c.is_done IS NOT TRUE
       RETURNING w.amazon_order_id AS "amazonOrderId", w.event_at AS "eventAt", w.has_change_time AS "hasChangeTime",
                 w.events, w.attempts, c.last_update_date AS "mirroredUntil", c.content_hash AS "mirroredHash"
     )
     SELECT claimed.*, NULL::int AS skipped FROM claimed
     UNION ALL
     SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, (SELECT count(*) FROM skipped)::int`,
    [now, leaseMs, limit, claim],
  );
  const count = rows.find(({ skipped }) => skipped !== null);
  return { orders: rows.filter((row) => row !== count), skipped: count?.skipped ?? 0 };
}

/**
 * Locks orders, in the order in which all transactions lock several of them (`storeEvents` does, too), so that none waits for
 * another that waits for it. Call it first, after `writeOrders` has its lock.
 */
export async function lockOrders(sql: Sql, amazonOrderIds: readonly string[]): Promise<void> {
  await sql.query(
    'SELECT FROM notified_order WHERE amazon_order_id = ANY ($1::text[]) ORDER BY amazon_order_id FOR UPDATE',
    [amazonOrderIds],
  );
}

/**
 * Renews the lease of the orders that the process reads. One that it claimed without learning of it lapses. Those that another
 * transaction has locked are left for the next time: it ends their wait, or takes a moment.
 */
export async function renewClaims(
  sql: Pick<Database, 'query'>,
  claim: string,
  amazonOrderIds: readonly string[],
): Promise<void> {
  await sql.query(
    `UPDATE notified_order SET claimed_at = now() WHERE amazon_order_id IN (
       SELECT amazon_order_id FROM notified_order
        WHERE claim = $1 AND amazon_order_id = ANY ($2::text[]) FOR UPDATE SKIP LOCKED)`,
    [claim, amazonOrderIds],
  );
}

export async function releaseOrder(
  sql: Pick<Database, 'query'>,
  { amazonOrderId }: WaitingOrder,
  claim: string,
): Promise<void> {
  await sql.query(
    'UPDATE notified_order SET claim = NULL, claimed_at = NULL WHERE amazon_order_id = $1 AND claim = $2',
    [amazonOrderId, claim],
  );
}

/** Releases all orders that the process has claimed. */
export async function releaseClaims(sql: Pick<Database, 'query'>, claim: string): Promise<void> {
  await sql.query(
    `UPDATE notified_order SET claim = NULL, claimed_at = NULL WHERE amazon_order_id IN (
       SELECT amazon_order_id FROM notified_order WHERE claim = $1 ORDER BY amazon_order_id FOR UPDATE)`,
    [claim],
  );
}

/** Releases every claim. Correct only while no other process uses the database: the embedded one, at its start. */
export async function releaseAllClaims(sql: Pick<Database, 'query'>): Promise<void> {
  await sql.query('UPDATE notified_order SET claim = NULL, claimed_at = NULL WHERE claim IS NOT NULL');
}

/** Ends the waits of orders that were read. One that was notified meanwhile waits on, to be read again at once. */
export async function finishOrders(sql: Sql, orders: readonly WaitingOrder[], claim: string): Promise<void> {
  if (orders.length === 0) return;
  // A row that a notification changes at the same time is compared after that has committed.
  await sql.query(
    `WITH finished AS MATERIALIZED (
       SELECT w.amazon_order_id, w.events = f.events AS is_done
         FROM notified_order w JOIN unnest($1::text[], $2::int[]) AS f (amazon_order_id, events) USING (amazon_order_id)
        WHERE w.claim = $3 ORDER BY w.amazon_order_id FOR UPDATE OF w
     ), deleted AS (
       DELETE FROM notified_order w USING finished f WHERE w.amazon_order_id = f.amazon_order_id AND f.is_done
     )
     UPDATE notified_order w SET claim = NULL, claimed_at = NULL FROM finished f
      WHERE w.amazon_order_id = f.amazon_order_id AND NOT f.is_done`,
    [orders.map(({ amazonOrderId }) => amazonOrderId), orders.map(({ events }) => events), claim],
  );
}

/** Lets an order wait until an instant, and releases it. Notifications that came meanwhile have it read at once. */
export async function postponeOrder(sql: Sql, order: WaitingOrder, claim: string, until: Date): Promise<void> {
  await sql.query(
    `UPDATE notified_order
        SET claim = NULL, claimed_at = NULL,
            attempts = CASE WHEN events = $3 THEN attempts + 1 ELSE attempts END,
            next_try_at = CASE WHEN events = $3 THEN $4::timestamptz ELSE next_try_at END
      WHERE amazon_order_id = $1 AND claim = $2`,
    [order.amazonOrderId, claim, order.events, until],
  );
}

/** What a transaction records on the state. */
interface Recorded {
  /** Of the last order that is new or different; null: there is none. */
  readonly lagMs: number | null;
  readonly at: Date;
  readonly unresolved: number;
  readonly ignored: number;
}

/** Records on the state what was written, in the same transaction. */
export async function recordLag(sql: Sql, { lagMs, at, unresolved, ignored }: Recorded): Promise<void> {
  await sql.query(
    `UPDATE notification_state
        SET last_lag_ms = coalesce($1::bigint, last_lag_ms),
            last_order_at = CASE WHEN $1::bigint IS NULL THEN last_order_at ELSE $2::timestamptz END,
            unresolved = unresolved + $3::int, ignored = ignored + $4::int`,
    [lagMs, at, unresolved, ignored],
  );
}

/** Returns when the next postponed order is due; null if there is none. */
export async function nextTryAt(sql: Pick<Database, 'query'>): Promise<Date | null> {
  const [row] = await sql.query<{ at: Date | null }>(
    'SELECT min(next_try_at) AS at FROM notified_order WHERE claim IS NULL',
  );
  return row?.at ?? null;
}

/** SQS keeps messages for 14 days. An order that waits for longer can't be read; the runs have passed it. */
const MAX_WAIT_DAYS = 15;

/** Deletes orders that wait for nothing any more. */
export async function deleteOldWaits(sql: Pick<Database, 'query'>, now: Date): Promise<void> {
  await sql.query(
    `DELETE FROM notified_order WHERE amazon_order_id IN (
       SELECT amazon_order_id FROM notified_order
        WHERE event_at < $1::timestamptz - interval '${MAX_WAIT_DAYS} days'
          AND (claim IS NULL OR claimed_at < now() - interval '1 day') FOR UPDATE SKIP LOCKED)`,
    [now],
  );
}

export async function countWaitingOrders(sql: Pick<Database, 'query'>): Promise<number> {
  const [row] = await sql.query<{ count: number }>('SELECT count(*)::int AS count FROM notified_order');
  return row?.count ?? 0;
}
