import { UserError } from '../core/errors.js';
import type { Database, Sql } from '../database/database.js';
import type { User, UserRole } from '../generated/prisma/client.js';
import type { AuditLog } from './audit-log.js';
import { requireOwner } from './require-owner.js';
import { SESSIONS_ENDED } from './user-feed.js';

interface Context {
  readonly database: Database;
  readonly audit: AuditLog;
}

type Someone = Pick<User, 'id' | 'email' | 'role'>;

/** Gives a user another role, from their next request on. @throws {UserError} FORBIDDEN, NOT_FOUND, BAD_USER_INPUT */
export async function setUserRole({ database, audit }: Context, actor: User, id: bigint, role: UserRole) {
  await changeAnother(database, actor, id, 'role', async (sql, { email, role: before }) => {
    if (before === role) return;
    await sql.query('UPDATE users SET role = $2::user_role WHERE id = $1', [id, role]);
    await audit.record('setUserRole', actor, { email, from: before, to: role }, sql);
  });
}

/** Removes a user; their tokens are worth nothing from then on. @throws {UserError} FORBIDDEN, NOT_FOUND, BAD_USER_INPUT */
export async function removeUser({ database, audit }: Context, actor: User, id: bigint): Promise<void> {
  await changeAnother(database, actor, id, 'account', async (sql, { email, role }) => {
    await sql.query('DELETE FROM users WHERE id = $1', [id]);
    await audit.record('removeUser', actor, { email, role }, sql);
    await sql.query('SELECT pg_notify($1, $2)', [SESSIONS_ENDED, String(id)]);
  });
}

/**
 * Changes somebody else. Nobody changes themselves, and of two owners who do it to each other at once the second is an
 * owner no more when the lock lets them in: so one owner is always left.
 */
async function changeAnother(
  database: Database,
  actor: User,
  id: bigint,
  what: string,
  change: (sql: Sql, user: Someone) => Promise<void>,
): Promise<void> {
  requireOwner(actor);
  if (actor.id === id) {
    throw new UserError('BAD_USER_INPUT', `Nobody changes their own ${what} here: another owner may do it.`);
  }
  await database.transaction(async (sql) => {
    await sql.query('LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE');
    const [present] = await sql.query<Someone>('SELECT id, email, role FROM users WHERE id = $1', [actor.id]);
    requireOwner(present ?? { role: 'VIEWER' });
    const [user] = await sql.query<Someone>('SELECT id, email, role FROM users WHERE id = $1', [id]);
    if (!user) throw new UserError('NOT_FOUND', 'There is no user with this id, or no more.');
    await change(sql, user);
  });
}
