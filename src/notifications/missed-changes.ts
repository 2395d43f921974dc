import type { Database } from '../database/database.js';

/** A change may be notified this much later than it is found by a sync. */
const PATIENT_MS = 5 * 60_000;

export interface MissedChanges {
  /** Changes of a status that no notification told of. */
  readonly changes: number;
  /** The same of new orders: it isn't known whether Amazon notifies those. */
  readonly newOrders: number;
  /** From the oldest of these changes until now. */
  readonly lagMs: number | null;
}

/**
 * Looks at what a run has found, and records on the state how much of it no notification told of: changes of a status (which
 * ORDER_CHANGE tells of), and new orders, that are older than five minutes and happened while the queue was read.
 * @returns null while no queue is read
 */
export async function recordMissedChanges(database: Database, now: Date): Promise<MissedChanges | null> {
  return database.transaction(async (sql) => {
    const [state] = await sql.query<{ checked: bigint | null; since: Date | null; head: bigint | null }>(
      `SELECT checked_change_id AS checked, listening_since AS since, (SELECT max(id) FROM order_change) AS head
         FROM notification_state FOR UPDATE`,
    );
    if (!state?.since) return null;
    const head = state.head ?? 0n;
    if (state.checked === null) {
      await sql.query('UPDATE notification_state SET checked_change_id = $1', [head]);
      return null;
    }
    const [found] = await sql.query<{ changes: number; newOrders: number; oldest: Date | null }>(
      `SELECT count(*) FILTER (WHERE NOT is_new)::int AS changes, count(*) FILTER (WHERE is_new)::int AS "newOrders",
              min(last_update_date) AS oldest
         FROM (
           SELECT bool_or('CREATED' = ANY (c.kinds)) AS is_new, min(o.last_update_date) AS last_update_date
             FROM order_change c JOIN amazon_order o ON o.id = c.order_id
            WHERE c.id > $1 AND c.id <= $2 AND c.source = 'SYNC'
              AND c.kinds && '{CREATED,STATUS,CANCELLED}'::order_change_kind[]
              AND o.last_update_date > $3 AND o.last_update_date < $4
              AND NOT EXISTS (
                SELECT FROM received_notification n
                 WHERE n.amazon_order_id = c.amazon_order_id AND n.event_at >= o.last_update_date - interval '1 minute')
            GROUP BY c.order_id
         ) AS missed`,
      [state.checked, head, state.since, new Date(now.getTime() - PATIENT_MS)],
    );
    const changes = found?.changes ?? 0;
    const newOrders = found?.newOrders ?? 0;
    const lagMs = found?.oldest ? now.getTime() - found.oldest.getTime() : null;
    await sql.query(
      `UPDATE notification_state
          SET checked_change_id = $1,
              missed_changes = CASE WHEN $6::boolean THEN $2::int ELSE missed_changes END,
              missed_new_orders = CASE WHEN $6::boolean THEN $3::int ELSE missed_new_orders END,
              missed_lag_ms = CASE WHEN $6::boolean THEN $4::bigint ELSE missed_lag_ms END,
              missed_at = CASE WHEN $6::boolean THEN $5::timestamptz ELSE missed_at END`,
      [head, changes, newOrders, lagMs, now, changes + newOrders > 0],
    );
    if (changes + newOrders === 0)
      // Notifications have come since: it is over.
      await sql.query(
        `UPDATE notification_state
            SET missed_changes = 0, missed_new_orders = 0, missed_lag_ms = NULL, missed_at = NULL
          WHERE missed_at < last_message_at`,
      );
    return { changes, newOrders, lagMs };
  });
}
