import { deleteInSteps } from '../database/delete-in-steps.js';
import type { Sql } from '../database/sql.js';
import type { ApiKey, User } from '../generated/prisma/client.js';

/** The details of an action, never with a secret or a sealed value. */
export type AuditDetail = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** Who did it, such as a `Principal`; null if nobody was authenticated. */
export type AuditActor = { readonly user: Pick<User, 'id'> } | { readonly apiKey: Pick<ApiKey, 'id'> } | null;

/** Writes one row per action to `audit_log`. */
export interface AuditLog {
  /** @param within the transaction of the action, so that both are committed together */
  record(action: string, actor: AuditActor, detail?: AuditDetail, within?: Sql): Promise<void>;
}

export function createAuditLog(database: Sql): AuditLog {
  return {
    record: async (action, actor, detail = {}, within = database) => {
      const userId = actor && 'user' in actor ? actor.user.id : null;
      const apiKeyId = actor && 'apiKey' in actor ? actor.apiKey.id : null;
      await within.query('INSERT INTO audit_log (user_id, api_key_id, action, detail) VALUES ($1, $2, $3, $4::jsonb)', [
        userId,
        apiKeyId,
        action,
        JSON.stringify(detail),
      ]);
    },
  };
}

/** Entries deleted by one statement. */
const DELETE_STEP = 5_000;

/**
 * Deletes entries from before an instant, oldest first, in small steps. A clock that is ahead of the database's deletes
 * nothing by that.
 */
export function deleteOldEntries(sql: Sql, { now, keepMs }: { now: Date; keepMs: number }): Promise<void> {
  return deleteInSteps(
    sql,
    DELETE_STEP,
    `DELETE FROM audit_log WHERE id IN (
       SELECT id FROM audit_log WHERE at < least($1::timestamptz, now()) - $2 * interval '1 millisecond'
        ORDER BY at LIMIT ${DELETE_STEP})`,
    [now, keepMs],
  );
}
