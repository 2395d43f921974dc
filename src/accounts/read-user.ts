import type { Sql } from '../database/database.js';
import type { User } from '../generated/prisma/client.js';

/**
 * The user of a session; null if the user is gone or the session was ended. Read anew at each request, so that a removed
 * user, another role and a sign-out count at once: hand-written, since it is so frequent.
 */
export async function readSessionUser(sql: Sql, userId: bigint, sessionId: string): Promise<User | null> {
  const [row] = await sql.query<User>(
    `SELECT id, email, password_hash AS "passwordHash", role, session_version AS "sessionVersion", created_at AS "createdAt"
       FROM users WHERE id = $1 AND NOT EXISTS (SELECT FROM ended_session WHERE id = $2)`,
    [String(userId), sessionId],
    { prepare: true },
  );
  return row ?? null;
}
