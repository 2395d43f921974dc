import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.js';
import { UserError } from '../core/errors.js';
import type { Database, Sql } from '../database/database.js';
import { shareReads } from '../database/shared-reads.js';
import type { User, UserRole } from '../generated/prisma/client.js';
import type { AuditLog } from './audit-log.js';
import type { Caller } from './caller.js';
import { changePassword } from './change-password.js';
import { checkedEmail, normalEmail } from './email.js';
import { createLoginLimits } from './login-limits.js';
import { logout } from './logout.js';
import { createPasswordQueue } from './password-queue.js';
import { checkNewPassword, createPasswords, isPassword, type Passwords } from './passwords.js';
import { requireOwner } from './require-owner.js';
import { createSessions, type Session, type Sessions } from './sessions.js';
import { isSetupCode } from './setup-code.js';
import { createTokens } from './tokens.js';
import { removeUser, setUserRole } from './user-admin.js';

export type { Caller, Session, User, UserRole };

const SOME_OWNER_SQL = "SELECT id FROM users WHERE role = 'OWNER' LIMIT 1";
/** How long a session can be renewed after the password was given. */
const MAX_SESSION_MS = 12 * 3_600_000;
/** How long a wrong setup code waits for its answer. The code has 80 bits: nothing more is needed. */
const WRONG_SETUP_CODE_DELAY_MS = 1_000;

export interface SignedIn extends Session {
  readonly token: string;
}

export interface Accounts extends Sessions {
  /**
   * Makes the first user, the OWNER; closed from then on. Callers that are not local need the setup code from the log.
   * @throws {UserError} FORBIDDEN, BAD_USER_INPUT, RATE_LIMITED
   */
  register(
    input: { email: string; password: string; setupCode?: string | null | undefined },
    caller: Caller,
  ): Promise<SignedIn>;
  /** @throws {UserError} UNAUTHENTICATED, alike for an unknown e-mail and a wrong password; RATE_LIMITED */
  login(input: { email: string; password: string }, caller: Caller): Promise<SignedIn>;
  /** @throws {UserError} FORBIDDEN unless `actor` is an OWNER; BAD_USER_INPUT */
  createUser(actor: User, input: { email: string; password: string; role: UserRole }): Promise<User>;
  /** @throws {UserError} FORBIDDEN unless `actor` is an OWNER; NOT_FOUND; BAD_USER_INPUT for oneself */
  setUserRole(actor: User, id: bigint, role: UserRole): Promise<User>;
  /** The user as they were. @throws {UserError} FORBIDDEN unless `actor` is an OWNER; NOT_FOUND; BAD_USER_INPUT for oneself */
  removeUser(actor: User, id: bigint): Promise<User>;
  /**
   * Takes a new password for the old one; all older tokens of the user end.
   * @throws {UserError} BAD_USER_INPUT, for a wrong present password too; RATE_LIMITED
   */
  changePassword(
    actor: User,
    input: { currentPassword: string; newPassword: string },
    caller: Caller,
  ): Promise<SignedIn>;
  /** A new token for a valid one. @throws {UserError} UNAUTHENTICATED 12 hours after the password was given */
  renew(session: Session): Promise<SignedIn>;
  /** Ends the session on all its sockets and for all its tokens; other sessions of the user go on. */
  logout(session: Session): Promise<void>;
  /** True while `register` is open. */
  needsOwner(): Promise<boolean>;
  /** True if this caller needs the setup code for `register`. */
  asksForSetupCode(caller: Caller): boolean;
}

export interface AccountsOptions {
  readonly database: Database;
  readonly jwtSecret: string;
  readonly setupCode: string;
  readonly listensBeyondLoopback: boolean;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly passwords?: Passwords | undefined;
}

export function createAccounts(options: AccountsOptions): Accounts {
  const { database, clock, audit, passwords = createPasswords() } = options;
  const { user: users } = database.prisma;
  const tokens = createTokens({ jwtSecret: options.jwtSecret, clock });
  const limits = createLoginLimits({ database, clock, secret: options.jwtSecret });
  const queue = createPasswordQueue();

  // Anybody may ask for it, as often as they like.
  const sharedNeedsOwner = shareReads(async (_of: 'users') => (await database.query(SOME_OWNER_SQL)).length === 0);
  const needsOwner = () => sharedNeedsOwner('users');
  const signedIn = async (user: User, signedInAt = clock.now(), id: string = randomUUID()): Promise<SignedIn> => ({
    id,
    user,
    signedInAt,
    ...(await tokens.issue(user.id, { sessionVersion: user.sessionVersion, signedInAt, sessionId: id })),
  });

  const asksForSetupCode = (caller: Caller) => !caller.local || options.listensBeyondLoopback;

  const checkSetupCode = async (given: string | null | undefined, caller: Caller) => {
    if (!asksForSetupCode(caller) || isSetupCode(given, options.setupCode)) return;
    // Only slowed: a limit on wrong codes would let anybody lock the first owner out.
    if (given) await clock.sleep(WRONG_SETUP_CODE_DELAY_MS);
    throw new UserError(
      'FORBIDDEN',
      "The first user needs the setup code. The server's log has it at each start without an owner: restart the server if it does not. Send it as `setupCode`.",
    );
  };

  return {
    ...createSessions({ database, tokens }),
    needsOwner,
    asksForSetupCode,

    register: async (input, caller) => {
      if (!(await needsOwner())) throw registrationClosed();
      await checkSetupCode(input.setupCode, caller);
      const email = checkedEmail(input.email);
      checkNewPassword(input.password);
      const passwordHash = await queue.run({ key: 'register', known: true }, () => passwords.hash(input.password));
      const id = await database.transaction(async (sql) => {
        // Of two at once the second waits here, and then reads the first one's owner.
        await sql.query('LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE');
        const owners = await sql.query(SOME_OWNER_SQL);
        if (owners.length > 0) throw registrationClosed();
        const id = await insertUser(sql, { email, passwordHash, role: 'OWNER' });
        await audit.record('register', { id }, { email }, sql);
        return id;
      });
      await limits.remember(id, email, caller);
      return signedIn(await users.findUniqueOrThrow({ where: { id } }));
    },

    login: async (input, caller) => {
      const email = normalEmail(input.email);
      const attempt = await limits.attempt(email, caller);
      const user = await queue.run(attempt.turn, async () => {
        await attempt.begin();
        const user = await users.findUnique({ where: { email } });
        const right = await isPassword(input.password, user?.passwordHash ?? passwords.nobodys);
        if (!user || !right) throw new UserError('UNAUTHENTICATED', 'The e-mail or the password is wrong.');
        await attempt.succeeded(user.id);
        if (passwords.isOutdated(user.passwordHash)) {
          // Only in place of the hash that was checked: the password may have been changed meanwhile.
          await users.updateMany({
            where: { id: user.id, passwordHash: user.passwordHash },
            data: { passwordHash: await passwords.hash(input.password) },
          });
        }
        return user;
      });
      await audit.record('login', user);
      return signedIn(user);
    },

    createUser: async (actor, input) => {
      requireOwner(actor);
      const email = checkedEmail(input.email);
      checkNewPassword(input.password);
      const turn = { key: `user ${actor.id}`, known: true };
      const passwordHash = await queue.run(turn, () => passwords.hash(input.password));
      const id = await database.transaction(async (sql) => {
        const id = await insertUser(sql, { email, passwordHash, role: input.role });
        await audit.record('createUser', actor, { email, role: input.role }, sql);
        return id;
      });
      return users.findUniqueOrThrow({ where: { id } });
    },

    setUserRole: async (actor, id, role) => {
      await setUserRole({ database, audit }, actor, id, role);
      return users.findUniqueOrThrow({ where: { id } });
    },

    removeUser: async (actor, id) => {
      const user = await users.findUnique({ where: { id } });
      await removeUser({ database, audit }, actor, id);
      if (!user) throw new UserError('NOT_FOUND', 'There is no user with this id, or no more.');
      return user;
    },

    changePassword: async (actor, input, caller) => {
      await changePassword({ database, audit, limits, passwords, queue }, actor, input, caller);
      return signedIn(await users.findUniqueOrThrow({ where: { id: actor.id } }));
    },

    logout: (session) => logout({ database, audit, clock }, session),

    renew: async ({ id, user, signedInAt }) => {
      if (clock.now().getTime() - signedInAt.getTime() >= MAX_SESSION_MS) {
        throw new UserError('UNAUTHENTICATED', 'You signed in more than 12 hours ago. Sign in again.');
      }
      return signedIn(user, signedInAt, id);
    },
  };
}

function registrationClosed(): UserError {
  return new UserError(
    'FORBIDDEN',
    'There is an owner already: registration is closed. An owner makes users with `createUser`.',
  );
}

async function insertUser(sql: Sql, user: Pick<User, 'email' | 'passwordHash' | 'role'>): Promise<bigint> {
  const [row] = await sql.query<{ id: bigint }>(
    `INSERT INTO users (email, password_hash, role) VALUES ($1, $2, $3::user_role)
     ON CONFLICT (email) DO NOTHING RETURNING id`,
    [user.email, user.passwordHash, user.role],
  );
  if (!row) throw new UserError('BAD_USER_INPUT', 'There is a user with this e-mail already.');
  return row.id;
}
