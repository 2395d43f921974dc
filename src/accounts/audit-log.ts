import type { Sql } from '../database/sql.js';
import type { User } from '../generated/prisma/client.js';

/** What can be read of an act afterwards: never a secret, never a value that was sealed. */
export type AuditDetail = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** Who did what, and when: one row an act, in `audit_log`. */
export interface AuditLog {
  /** `within`: the transaction that does the act, so that the two are written together or not at all. */
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
