import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.js';
import { UserError } from '../core/errors.js';
import type { Database } from '../database/database.js';
import { shareReads } from '../database/shared-reads.js';
import type { ApiKey, User, UserRole } from '../generated/prisma/client.js';
import { type ApiKeys, type CreatedApiKey, createApiKeys } from './api-keys.js';
import type { AuditLog } from './audit-log.js';
import { type Authentication, createAuthentication } from './authentication.js';
import type { Caller } from './caller.js';
import { createLoginLimits } from './login-limits.js';
import { createPasswordQueue } from './password-queue.js';
import { checkNewPassword, createPasswords, isPassword, type Passwords } from './passwords.js';
import type { ApiKeyAccess, Principal, Session } from './principal.js';
import { logout } from './sessions.js';
import { isSetupCode } from './setup-code.js';
import { createTokens } from './tokens.js';
import {
  changePassword,
  checkedEmail,
  insertUser,
  normalEmail,
  noUser,
  removeUser,
  requireOwner,
  setUserRole,
} from './users.js';

export type { ApiKey, ApiKeyAccess, Caller, CreatedApiKey, Principal, Session, User, UserRole };

const SOME_OWNER_SQL = "SELECT id FROM users WHERE role = 'OWNER' LIMIT 1";
/** A session can be renewed until this long after the sign-in. */
const MAX_SESSION_MS = 12 * 3_600_000;
/** The delay of the answer to a wrong setup code. The code has 80 bits, so this is enough. */
const WRONG_SETUP_CODE_DELAY_MS = 1_000;

export interface SignedIn extends Session {
  readonly token: string;
}

export interface Accounts extends Authentication, ApiKeys {
  /**
   * Creates the first user, an OWNER; refused afterwards. Callers that are not local need the setup code from the log.
   * @throws {UserError} FORBIDDEN, BAD_USER_INPUT, RATE_LIMITED
   */
  register(
    input: { email: string; password: string; setupCode?: string | null | undefined },
    caller: Caller,
  ): Promise<SignedIn>;
  /** @throws {UserError} UNAUTHENTICATED, the same for an unknown e-mail and a wrong password; RATE_LIMITED */
  login(input: { email: string; password: string }, caller: Caller): Promise<SignedIn>;
  /** @throws {UserError} FORBIDDEN unless `actor` is an OWNER; BAD_USER_INPUT */
  createUser(actor: User, input: { email: string; password: string; role: UserRole }): Promise<User>;
  /** @throws {UserError} FORBIDDEN unless `actor` is an OWNER; NOT_FOUND; BAD_USER_INPUT for oneself */
  setUserRole(actor: User, id: bigint, role: UserRole): Promise<User>;
  /** Returns the removed user. @throws {UserError} FORBIDDEN unless `actor` is an OWNER; NOT_FOUND; BAD_USER_INPUT for oneself */
  removeUser(actor: User, id: bigint): Promise<User>;
  /**
   * Changes the password and ends all older tokens of the user.
   * @throws {UserError} BAD_USER_INPUT, also for a wrong current password; RATE_LIMITED
   */
  changePassword(
    actor: User,
    input: { currentPassword: string; newPassword: string },
    caller: Caller,
  ): Promise<SignedIn>;
  /** Issues a new token. @throws {UserError} UNAUTHENTICATED 12 hours after the sign-in */
  renew(session: Session): Promise<SignedIn>;
  /** Ends the session with all its sockets and tokens; other sessions of the user stay. */
  logout(session: Session): Promise<void>;
  /** Returns whether there is no owner yet, so that `register` is possible. */
  needsOwner(): Promise<boolean>;
  /** Returns whether this caller needs the setup code for `register`. */
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

  // Shared, since it is public and may be called often.
  const sharedNeedsOwner = shareReads(async (_of: 'users') => (await database.query(SOME_OWNER_SQL)).length === 0);
  const needsOwner = () => sharedNeedsOwner('users');
  const signedIn = async (user: User, signedInAt = clock.now(), id: string = randomUUID()): Promise<SignedIn> => ({
    kind: 'session',
    id,
    user,
    role: user.role,
    signedInAt,
    ...(await tokens.issue(user.id, { sessionVersion: user.sessionVersion, signedInAt, sessionId: id })),
  });

  const asksForSetupCode = (caller: Caller) => !caller.local || options.listensBeyondLoopback;

  const checkSetupCode = async (given: string | null | undefined, caller: Caller) => {
    if (!asksForSetupCode(caller) || isSetupCode(given, options.setupCode)) return;
    // Only a delay: a limit on wrong codes would let anyone lock out the first owner.
    if (given) await clock.sleep(WRONG_SETUP_CODE_DELAY_MS);
    throw new UserError(
      'FORBIDDEN',
      'The first user needs the setup code from the log. Send it as `setupCode`. The server logs it at each start without an owner: restart it to see the code again.',
    );
  };

  return {
    ...createAuthentication({ database, tokens, clock }),
    ...createApiKeys({ database, clock, audit }),
    needsOwner,
    asksForSetupCode,

    register: async (input, caller) => {
      if (!(await needsOwner())) throw registrationClosed();
      await checkSetupCode(input.setupCode, caller);
      const email = checkedEmail(input.email);
      checkNewPassword(input.password);
      const passwordHash = await queue.run({ key: 'register', known: true }, () => passwords.hash(input.password));
      const id = await database.transaction(async (sql) => {
        // Concurrent registrations run one after the other.
        await sql.query('LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE');
        const owners = await sql.query(SOME_OWNER_SQL);
        if (owners.length > 0) throw registrationClosed();
        const id = await insertUser(sql, { email, passwordHash, role: 'OWNER' });
        await audit.record('register', { user: { id } }, { email }, sql);
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
        const isRight = await isPassword(input.password, user?.passwordHash ?? passwords.dummyHash);
        if (!user || !isRight) throw new UserError('UNAUTHENTICATED', 'The e-mail or the password is wrong.');
        await attempt.succeeded(user.id);
        if (passwords.isOutdated(user.passwordHash)) {
          // Only if the hash is still the checked one: the password may have been changed.
          await users.updateMany({
            where: { id: user.id, passwordHash: user.passwordHash },
            data: { passwordHash: await passwords.hash(input.password) },
          });
        }
        return user;
      });
      await audit.record('login', { user });
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
        await audit.record('createUser', { user: actor }, { email, role: input.role }, sql);
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
      if (!user) throw noUser();
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
    'Registration is closed, since there is an owner. An owner creates users with `createUser`.',
  );
}
