import type { Sql } from '../../database/database.js';
import { deleteInSteps } from '../../database/delete-in-steps.js';

/** Changes deleted by one statement: a tenth of a second. */
const DELETE_STEP = 5_000;

/**
 * Deletes changes from before an instant, oldest first, in small steps; and keeps the last of them, which shows that none
 * after it is missing (`assertKept` in mirror/read/order-changes.ts). The instant is taken relative to the newest change
 * if that is older: a clock that is ahead for a moment deletes nothing.
 */
export function deleteOldChanges(sql: Sql, { now, keepMs }: { now: Date; keepMs: number }): Promise<void> {
  return deleteInSteps(
    sql,
    DELETE_STEP,
    `WITH oldest AS (SELECT id, at FROM order_change ORDER BY id LIMIT ${DELETE_STEP + 1}),
          head AS (SELECT at FROM order_change ORDER BY id DESC LIMIT 1)
     DELETE FROM order_change WHERE id IN (
       SELECT id FROM oldest
        WHERE id < (SELECT max(oldest.id) FROM oldest, head
                     WHERE oldest.at < least($1::timestamptz, head.at) - $2 * interval '1 millisecond'))`,
    [now, keepMs],
  );
}
