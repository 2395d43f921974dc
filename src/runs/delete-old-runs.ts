import type { Sql } from '../database/database.js';
import { deleteInSteps } from '../database/delete-in-steps.js';

/** Runs deleted by one statement. */
const DELETE_STEP = 1_000;

/**
 * Deletes runs that ended before an instant, with the findings of checks, oldest first, in small steps. Of each kind the last
 * run and the last complete one stay, and the last complete sweep: schedule, history and checks go by them. A clock that is
 * ahead of the database's deletes nothing by that.
 */
export function deleteOldRuns(sql: Sql, { now, keepMs }: { now: Date; keepMs: number }): Promise<void> {
  return deleteInSteps(
    sql,
    DELETE_STEP,
    `DELETE FROM sync_run WHERE id IN (
       SELECT id FROM sync_run
        WHERE status <> 'RUNNING' AND finished_at < least($1::timestamptz, now()) - $2 * interval '1 millisecond'
          AND id NOT IN (
            SELECT max(id) FROM sync_run GROUP BY kind
            UNION ALL SELECT max(id) FROM sync_run WHERE status = 'OK' GROUP BY kind
            UNION ALL (SELECT id FROM sync_run WHERE sweep
                        AND (status = 'OK' OR (status = 'ERROR' AND leg >= jsonb_array_length(legs)))
                        ORDER BY started_at DESC LIMIT 1))
        ORDER BY id LIMIT ${DELETE_STEP})`,
    [now, keepMs],
  );
}
