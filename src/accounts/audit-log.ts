import type { Sql } from '../database/sql.js';
import type { User } from '../generated/prisma/client.js';

/** The details of an action, never with a secret or a sealed value. */
export type AuditDetail = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** Writes one row per action to `audit_log`. */
export interface AuditLog {
  /** @param within the transaction of the action, so that both are committed together */
  record(action: string, user: Pick<User, 'id'> | null, detail?: AuditDetail, within?: Sql): Promise<void>;
}

export function createAuditLog(database: Sql): AuditLog {
  return {
    record: async (action, user, detail = {}, within = database) => {
      await within.query('INSERT INTO audit_log (user_id, action, detail) VALUES ($1, $2, $3::jsonb)', [
        user?.id ?? null,
        action,
        JSON.stringify(detail),
      ]);
    },
  };
}
