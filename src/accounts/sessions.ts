import type { Clock } from '../core/clock.js';
import type { Database, Sql } from '../database/database.js';
import type { User } from '../generated/prisma/client.js';
import type { AuditLog } from './audit-log.js';
import { notifyEnded } from './end-feed.js';
import type { Session } from './principal.js';
import { TOKEN_LIFE_SECONDS } from './tokens.js';

/**
 * Returns the user of a session; null if the user was removed or the session ended. Read at each request, so that removals,
 * role changes and sign-outs take effect at once.
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

/** Covers a concurrent renewal, and clock differences between processes. */
const MARGIN_SECONDS = 5 * 60;

/** Ends a session, all of its tokens included, for all processes. The row is kept until the last token would have expired. */
export async function logout(
  { database, audit, clock }: { database: Database; audit: AuditLog; clock: Clock },
  { id, user }: Session,
): Promise<void> {
  const now = clock.now();
  const expiresAt = new Date(now.getTime() + (TOKEN_LIFE_SECONDS + MARGIN_SECONDS) * 1000);
  await database.transaction(async (sql) => {
    await sql.query('DELETE FROM ended_session WHERE expires_at <= $1', [now]);
    await sql.query('INSERT INTO ended_session (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING', [
      id,
      expiresAt,
    ]);
    await audit.record('logout', { user }, {}, sql);
    await notifyEnded(sql, { userId: user.id });
  });
}
