import { UserError } from '../core/errors.js';
import type { Database } from '../database/database.js';
import type { User } from '../generated/prisma/client.js';
import type { AuditLog } from './audit-log.js';
import type { Caller } from './caller.js';
import type { LoginLimits } from './login-limits.js';
import type { PasswordQueue } from './password-queue.js';
import { checkNewPassword, isPassword, type Passwords } from './passwords.js';
import { SESSIONS_ENDED } from './user-feed.js';

interface Context {
  readonly database: Database;
  readonly audit: AuditLog;
  readonly limits: LoginLimits;
  readonly passwords: Passwords;
  readonly queue: PasswordQueue;
}

/** A wrong present password counts as a failed sign-in. @throws {UserError} BAD_USER_INPUT, RATE_LIMITED */
export async function changePassword(
  { database, audit, limits, passwords, queue }: Context,
  actor: User,
  input: { readonly currentPassword: string; readonly newPassword: string },
  caller: Caller,
): Promise<void> {
  checkNewPassword(input.newPassword);
  const attempt = await limits.attempt(actor.email, caller);
  const passwordHash = await queue.run(attempt.turn, async () => {
    await attempt.begin();
    if (!(await isPassword(input.currentPassword, actor.passwordHash))) {
      throw new UserError('BAD_USER_INPUT', 'The present password is wrong.');
    }
    await attempt.succeeded(actor.id);
    return passwords.hash(input.newPassword);
  });
  await database.transaction(async (sql) => {
    // Only in place of the hash that was checked: of two at once the second finds another.
    const changed = await sql.query(
      `UPDATE users SET password_hash = $2, session_version = session_version + 1
        WHERE id = $1 AND password_hash = $3 RETURNING id`,
      [actor.id, passwordHash, actor.passwordHash],
    );
    if (changed.length === 0) throw new UserError('BAD_USER_INPUT', 'The password was changed meanwhile.');
    await audit.record('changePassword', actor, {}, sql);
    await sql.query('SELECT pg_notify($1, $2)', [SESSIONS_ENDED, String(actor.id)]);
  });
}
