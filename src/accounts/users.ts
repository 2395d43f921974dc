import { UserError } from '../core/errors.js';
import type { Database, Sql } from '../database/database.js';
import type { User, UserRole } from '../generated/prisma/client.js';
import type { AuditLog } from './audit-log.js';
import type { Caller } from './caller.js';
import { notifyEnded } from './end-feed.js';
import type { LoginLimits } from './login-limits.js';
import type { PasswordQueue } from './password-queue.js';
import { checkNewPassword, isPassword, type Passwords } from './passwords.js';

/** @throws {UserError} FORBIDDEN */
export function requireOwner(actor: Pick<User, 'role'>): void {
  if (actor.role !== 'OWNER') throw new UserError('FORBIDDEN', 'Only an owner may do this.');
}

/** Checks the role again in the transaction: another owner may have changed it since the request was authenticated. */
export async function requireOwnerStill(sql: Sql, { id }: Pick<User, 'id'>): Promise<void> {
  const [user] = await sql.query<Pick<User, 'role'>>('SELECT role FROM users WHERE id = $1 FOR SHARE', [id]);
  requireOwner(user ?? { role: 'VIEWER' });
}

/** Normalises an e-mail address for storage and comparison. */
export function normalEmail(email: string): string {
  return email.trim().normalize('NFC').toLowerCase();
}

/** Returns the normalised address if it looks like one. @throws {UserError} BAD_USER_INPUT */
export function checkedEmail(email: string): string {
  const normal = normalEmail(email);
  if (normal.length <= 254 && /^[^\s@<>,;:"\p{Cc}]+@[^\s@<>,;:"\p{Cc}]+$/u.test(normal)) return normal;
  throw new UserError('BAD_USER_INPUT', 'The e-mail must look like name@example.com.');
}

export async function insertUser(sql: Sql, user: Pick<User, 'email' | 'passwordHash' | 'role'>): Promise<bigint> {
  const [row] = await sql.query<{ id: bigint }>(
    `INSERT INTO users (email, password_hash, role) VALUES ($1, $2, $3::user_role)
     ON CONFLICT (email) DO NOTHING RETURNING id`,
    [user.email, user.passwordHash, user.role],
  );
  if (!row) throw new UserError('BAD_USER_INPUT', 'A user with this e-mail exists already.');
  return row.id;
}

interface Context {
  readonly database: Database;
  readonly audit: AuditLog;
}

type UserRow = Pick<User, 'id' | 'email' | 'role'>;

/** Changes a user's role, effective from the next request. @throws {UserError} FORBIDDEN, NOT_FOUND, BAD_USER_INPUT */
export async function setUserRole({ database, audit }: Context, actor: User, id: bigint, role: UserRole) {
  await changeOtherUser(database, actor, id, 'role', async (sql, { email, role: before }) => {
    if (before === role) return;
    await sql.query('UPDATE users SET role = $2::user_role WHERE id = $1', [id, role]);
    await audit.record('setUserRole', { user: actor }, { email, from: before, to: role }, sql);
  });
}

/** Removes a user and ends their sessions; API keys that they created stay valid. @throws {UserError} FORBIDDEN, NOT_FOUND, BAD_USER_INPUT */
export async function removeUser({ database, audit }: Context, actor: User, id: bigint): Promise<void> {
  await changeOtherUser(database, actor, id, 'account', async (sql, { email, role }) => {
    await sql.query('DELETE FROM users WHERE id = $1', [id]);
    await audit.record('removeUser', { user: actor }, { email, role }, sql);
    await notifyEnded(sql, { userId: id });
  });
}

/**
 * Changes a user other than the actor, so that at least one owner is left. Checks the actor's role again under the lock,
 * since two owners may change each other concurrently.
 */
async function changeOtherUser(
  database: Database,
  actor: User,
  id: bigint,
  what: string,
  change: (sql: Sql, user: UserRow) => Promise<void>,
): Promise<void> {
  requireOwner(actor);
  if (actor.id === id) {
    throw new UserError('BAD_USER_INPUT', `You cannot change your own ${what}. Ask another owner.`);
  }
  await database.transaction(async (sql) => {
    await sql.query('LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE');
    const [current] = await sql.query<UserRow>('SELECT id, email, role FROM users WHERE id = $1', [actor.id]);
    requireOwner(current ?? { role: 'VIEWER' });
    const [user] = await sql.query<UserRow>('SELECT id, email, role FROM users WHERE id = $1', [id]);
    if (!user) throw noUser();
    await change(sql, user);
  });
}

export function noUser(): UserError {
  return new UserError('NOT_FOUND', 'There is no user with this id. List the users again (users).');
}

interface PasswordContext extends Context {
  readonly limits: LoginLimits;
  readonly passwords: Passwords;
  readonly queue: PasswordQueue;
}

/** Sets a new password. A wrong current password counts as a failed sign-in. @throws {UserError} BAD_USER_INPUT, RATE_LIMITED */
export async function changePassword(
  { database, audit, limits, passwords, queue }: PasswordContext,
  actor: User,
  input: { readonly currentPassword: string; readonly newPassword: string },
  caller: Caller,
): Promise<void> {
  checkNewPassword(input.newPassword);
  const attempt = await limits.attempt(actor.email, caller);
  const passwordHash = await queue.run(attempt.turn, async () => {
    await attempt.begin();
    if (!(await isPassword(input.currentPassword, actor.passwordHash))) {
      throw new UserError('BAD_USER_INPUT', 'The current password is wrong.');
    }
    await attempt.succeeded(actor.id);
    return passwords.hash(input.newPassword);
  });
  await database.transaction(async (sql) => {
    // Only if the hash is still the checked one: a concurrent change may have replaced it.
    const changed = await sql.query(
      `UPDATE users SET password_hash = $2, session_version = session_version + 1
        WHERE id = $1 AND password_hash = $3 RETURNING id`,
      [actor.id, passwordHash, actor.passwordHash],
    );
    if (changed.length === 0)
      throw new UserError('BAD_USER_INPUT', 'The password was changed by another request. Sign in with the new one.');
    await audit.record('changePassword', { user: actor }, {}, sql);
    await notifyEnded(sql, { userId: actor.id });
  });
}

/**
 * Sets a user's password without the old one, ends all their sessions, and forgets failed sign-ins, so that the user is not
 * kept out. For whoever can start programs on the server's machine.
 * @throws {UserError} BAD_USER_INPUT for a password that is too short or too long, NOT_FOUND for an unknown e-mail
 */
export async function resetPassword(
  { database, audit, passwords }: Context & { readonly passwords: Passwords },
  email: string,
  password: string,
): Promise<void> {
  checkNewPassword(password);
  const passwordHash = await passwords.hash(password);
  await database.transaction(async (sql) => {
    const [user] = await sql.query<{ id: bigint }>(
      `UPDATE users SET password_hash = $2, session_version = session_version + 1 WHERE email = $1 RETURNING id`,
      [normalEmail(email), passwordHash],
    );
    if (!user) throw new UserError('NOT_FOUND', `There is no user with the e-mail ${email}.`);
    await sql.query(`DELETE FROM login_attempt WHERE key LIKE 'pair:%' OR key LIKE 'email:%'`);
    await audit.record('resetPassword', null, { email: normalEmail(email) }, sql);
    await notifyEnded(sql, { userId: user.id });
  });
}
