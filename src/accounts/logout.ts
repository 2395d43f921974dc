import type { Clock } from '../core/clock.js';
import type { Database } from '../database/database.js';
import type { AuditLog } from './audit-log.js';
import type { Session } from './sessions.js';
import { TOKEN_LIFE_SECONDS } from './tokens.js';
import { SESSIONS_ENDED } from './user-feed.js';

/** For a token that is being renewed meanwhile, and for clocks of other processes. */
const MARGIN_SECONDS = 5 * 60;

interface Context {
  readonly database: Database;
  readonly audit: AuditLog;
  readonly clock: Clock;
}

/**
 * Ends a session for all processes: none of its tokens counts any more, renewed ones included. It is remembered until
 * the last of them would have expired.
 */
export async function logout({ database, audit, clock }: Context, { id, user }: Session): Promise<void> {
  const now = clock.now();
  const expiresAt = new Date(now.getTime() + (TOKEN_LIFE_SECONDS + MARGIN_SECONDS) * 1000);
  await database.transaction(async (sql) => {
    await sql.query('DELETE FROM ended_session WHERE expires_at <= $1', [now]);
    await sql.query('INSERT INTO ended_session (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING', [
      id,
      expiresAt,
    ]);
    await audit.record('logout', user, {}, sql);
    await sql.query('SELECT pg_notify($1, $2)', [SESSIONS_ENDED, String(user.id)]);
  });
}
