import { scryptSync } from 'node:crypto';
import { beforeEach, describe, expect, vi } from 'vitest';
import { type Accounts, type AccountsOptions, type Caller, createAccounts } from '../../src/accounts/accounts.js';
import { createAuditLog } from '../../src/accounts/audit-log.js';
import { createPasswords } from '../../src/accounts/passwords.js';
import { setupCodeOf } from '../../src/accounts/setup-code.js';
import type { Database } from '../../src/database/database.js';
import { openDatabase } from '../../src/database/database.js';
import { cheapPasswords } from '../helpers/cheap-passwords.js';
import { deleteAll } from '../helpers/delete-all.js';
import { test } from '../helpers/fixtures.js';
import { databaseKind } from '../helpers/with-database.js';

let database: Database;

test.beforeAll(({ database: opened }) => {
  database = opened;
});
const jwtSecret = 'a secret of at least thirty-two characters';
const setupCode = setupCodeOf(jwtSecret);
const OWNER = { email: 'owner@a.example', password: 'correct horse battery' };
const local: Caller = { address: '127.0.0.1', local: true };
const remote: Caller = { address: '203.0.113.7', local: false };
let now: number;
/** Delays of responses, in milliseconds. */
let delays: number[];
let accounts: Accounts;

beforeEach(async () => {
  now = Date.parse('2026-11-23T10:00:00Z');
  delays = [];
  await deleteAll(database, 'audit_log, login_attempt, known_login, api_key, users');
  accounts = accountsWith({});
});

function accountsWith(options: Partial<AccountsOptions>): Accounts {
  const sleep = async (ms: number) => void delays.push(ms);
  const clock = { now: () => new Date(now), sleep };
  const audit = createAuditLog(database);
  const usual = { listensBeyondLoopback: false, passwords: cheapPasswords };
  return createAccounts({ database, jwtSecret, setupCode, clock, audit, ...usual, ...options });
}

const userRows = () => database.query<{ email: string; role: string }>('SELECT email, role FROM users ORDER BY id');
const auditRows = () =>
  database.query<{ action: string; detail: object }>('SELECT action, detail FROM audit_log ORDER BY id');

function registerAtOnce(...replicas: Accounts[]) {
  const six = Array.from({ length: 6 }, (_, index) => ({ ...OWNER, email: `u${index}@a.example` }));
  return Promise.allSettled(six.map((input, index) => replicas[index % replicas.length]?.register(input, local)));
}

function expectOneOwner(results: PromiseSettledResult<unknown>[]) {
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  expect(refused).toHaveLength(5);
  for (const reason of refused) expect(reason).toMatchObject({ code: 'FORBIDDEN' });
}

describe('register', () => {
  test('creates the owner, signed in, and is then closed', async () => {
    expect(await accounts.needsOwner()).toBe(true);
    const { user, token, expiresAt } = await accounts.register(OWNER, local);
    expect(user).toMatchObject({ email: OWNER.email, role: 'OWNER' });
    expect(await accounts.authenticate(`Bearer ${token}`)).toMatchObject({ user, expiresAt });
    expect(await accounts.needsOwner()).toBe(false);
    for (const caller of [local, remote]) {
      await expect(accounts.register({ ...OWNER, email: 'second@a.example', setupCode }, caller)).rejects.toMatchObject(
        { code: 'FORBIDDEN', message: expect.stringContaining('createUser') },
      );
    }
    expect(await userRows()).toEqual([{ email: OWNER.email, role: 'OWNER' }]);
    expect(await auditRows()).toEqual([{ action: 'register', detail: { email: OWNER.email } }]);
  });

  test('succeeds for one of several concurrent calls', async () => {
    const results = await registerAtOnce(accounts);
    expectOneOwner(results);
    expect(await userRows()).toHaveLength(1);
    expect(await auditRows()).toHaveLength(1);
  });

  test.runIf(databaseKind === 'postgres')('succeeds for one of several processes', async ({ store }) => {
    const [gate, ...others] = await Promise.all([1, 2, 3].map(() => openDatabase(store.config)));
    if (!gate) throw new Error('There is no database to open.');
    let registering: ReturnType<typeof registerAtOnce> | undefined;
    await gate.transaction(async (sql) => {
      // Blocks each write until all calls are about to write.
      await sql.query('LOCK TABLE users IN SHARE MODE');
      registering = registerAtOnce(...others.map((database) => accountsWith({ database })));
      await vi.waitFor(async () => {
        const waiting = await database.query(`SELECT FROM pg_locks WHERE relation = 'users'::regclass AND NOT granted`);
        expect(waiting).toHaveLength(6);
      }, 20_000);
    });
    expectOneOwner((await registering) ?? []);
    await Promise.all([gate, ...others].map((database) => database.close()));
    expect(await userRows()).toHaveLength(1);
  });

  test.each([
    ['the server listens beyond loopback', true, local],
    ['the caller is not of this machine', false, remote],
  ])('requires the setup code where %s', async (_, listensBeyondLoopback, caller) => {
    accounts = accountsWith({ listensBeyondLoopback });
    for (const wrong of [undefined, null, '', 'AAAA-AAAA-AAAA-AAAA']) {
      await expect(accounts.register({ ...OWNER, setupCode: wrong }, caller)).rejects.toMatchObject({
        code: 'FORBIDDEN',
        message: expect.stringMatching(/setup code from the log.*`setupCode`.*start without an owner: restart/),
      });
    }
    expect(await userRows()).toEqual([]);
    await accounts.register({ ...OWNER, setupCode: setupCode.toLowerCase() }, caller);
    expect(await userRows()).toHaveLength(1);
  });

  test('#43 delays the answer to a wrong setup code, and never blocks', async () => {
    const guess = { ...OWNER, setupCode: 'AAAA-AAAA-AAAA-AAAA' };
    for (let count = 0; count < 60; count += 1) await accounts.register(guess, remote).catch(() => {});
    expect(delays).toEqual(Array(60).fill(1_000));
    expect((await accounts.register({ ...OWNER, setupCode }, remote)).user.role).toBe('OWNER');
  });

  test.each([
    { email: 'nobody' },
    { email: ' ' },
    { email: 'a b@c.example' },
    { email: `${'a'.repeat(250)}@c.example` },
    { password: 'too short' },
  ])('rejects %j, and stays open', async (input) => {
    await expect(accounts.register({ ...OWNER, ...input }, local)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await accounts.needsOwner()).toBe(true);
  });
});

describe('login', () => {
  beforeEach(async () => {
    await accounts.register(OWNER, local);
  });

  test('ignores case and spaces of the e-mail', async () => {
    const { user, token } = await accounts.login({ ...OWNER, email: '  Owner@A.Example ' }, remote);
    expect(user.email).toBe(OWNER.email);
    expect(await accounts.authenticate(`bearer ${token}`)).toMatchObject({ user });
    expect((await auditRows()).map(({ action }) => action)).toEqual(['register', 'login']);
  });

  test('returns the same error for an unknown e-mail and a wrong password', async () => {
    const refusalOf = (input: object) =>
      accounts.login({ ...OWNER, ...input }, remote).catch((error: unknown) => error);
    const wrongPassword = await refusalOf({ password: 'another password' });
    expect(wrongPassword).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await refusalOf({ email: 'nobody@a.example' })).toEqual(wrongPassword);
    expect(await refusalOf({ email: 'no e-mail at all' })).toEqual(wrongPassword);
  });

  test('#43 blocks guesses from one address, and that address only', async () => {
    const guess = { ...OWNER, password: 'another password' };
    await Promise.allSettled(Array.from({ length: 10 }, () => accounts.login(guess, remote)));
    await expect(accounts.login(OWNER, remote)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      extensions: { retryAfterSeconds: 900 },
    });
    await accounts.login(OWNER, local);
    await accounts.login(OWNER, { address: '198.51.100.7', local: false });
    now += 15 * 60_000;
    await accounts.login(OWNER, remote);
  });

  test('#43 checks the right login early among 150 concurrent wrong ones', async () => {
    // Checking a password takes far longer than a statement, as it does with the usual parameters.
    accounts = accountsWith({ passwords: createPasswords({ N: 2 ** 14, r: 8, p: 1 }) });
    const settled: string[] = [];
    const guess = (index: number) => ({ email: `u${index}@a.example`, password: 'another password' });
    const wrong = Array.from({ length: 150 }, (_, index) =>
      accounts.login(guess(index), remote).catch(({ code }) => void settled.push(code)),
    );
    // From a new address, and from the known one, which the flood comes from too.
    await accounts.login(OWNER, { address: '198.51.100.7', local: false });
    settled.push('right');
    await Promise.all(wrong);
    expect(settled.filter((code) => code === 'RATE_LIMITED').length).toBeGreaterThan(100);
    const checked = settled.filter((code) => code !== 'RATE_LIMITED');
    expect(checked.indexOf('right')).toBeLessThan(6);
    expect(await database.query('SELECT FROM login_attempt')).toHaveLength(2 * (checked.length - 1) + 3);
  });

  test('#43 accepts a user who signed in before during a flood from the same address', async () => {
    accounts = accountsWith({ passwords: createPasswords({ N: 2 ** 12, r: 8, p: 1 }) });
    await accounts.register(OWNER, local).catch(() => {});
    const wrong = Array.from({ length: 150 }, (_, index) =>
      accounts.login({ email: `u${index}@a.example`, password: 'another password' }, local).catch(() => {}),
    );
    expect((await accounts.login(OWNER, local)).user.email).toBe(OWNER.email);
    await Promise.all(wrong);
  });

  test('hashes a password again if its hash has another cost', async () => {
    const salt = Buffer.alloc(16, 7);
    const hash = scryptSync(OWNER.password, salt, 32, { N: 1024, r: 8, p: 1 });
    const old = `scrypt$1024$8$1$${salt.toString('base64url')}$${hash.toString('base64url')}`;
    await database.query('UPDATE users SET password_hash = $1', [old]);
    const asTheyAreMade = accountsWith({ passwords: undefined });
    await asTheyAreMade.login(OWNER, local);
    const [row] = await database.query<{ hash: string }>('SELECT password_hash AS hash FROM users');
    expect(row?.hash).toMatch(/^scrypt\$32768\$8\$3\$/);
    await asTheyAreMade.login(OWNER, local);
  });
});

describe('authenticate', () => {
  test('returns null without a header, and rejects a wrong one', async () => {
    expect(await accounts.authenticate(undefined)).toBeNull();
    expect(await accounts.authenticate(null)).toBeNull();
    expect(await accounts.authenticate('')).toBeNull();
    const { token } = await accounts.register(OWNER, local);
    for (const wrong of [
      token,
      'Bearer',
      'Bearer x',
      `Basic ${token}`,
      `Bearer ${token}x`,
      `Bearer ${token} ${token}`,
    ]) {
      await expect(accounts.authenticate(wrong)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    }
  });

  test('rejects a token after an hour', async () => {
    const { token, expiresAt } = await accounts.register(OWNER, local);
    expect(expiresAt.getTime()).toBe(now + 60 * 60_000);
    now = expiresAt.getTime();
    await expect(accounts.authenticate(`Bearer ${token}`)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('returns the current role', async () => {
    const { token, user } = await accounts.register(OWNER, local);
    await database.query(`UPDATE users SET role = 'VIEWER'`);
    expect(await accounts.authenticate(`Bearer ${token}`)).toMatchObject({ user: { id: user.id, role: 'VIEWER' } });
    await database.query('DELETE FROM users');
    await expect(accounts.authenticate(`Bearer ${token}`)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    // The token is not valid for a later user either.
    await accounts.register({ ...OWNER, email: 'next@a.example' }, local);
    await expect(accounts.authenticate(`Bearer ${token}`)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('createUser', () => {
  test('creates viewers and owners, who can sign in', async () => {
    const { user: owner } = await accounts.register(OWNER, local);
    const viewer = await accounts.createUser(owner, {
      email: ' Viewer@A.example',
      password: 'viewer password',
      role: 'VIEWER',
    });
    expect(viewer).toMatchObject({ email: 'viewer@a.example', role: 'VIEWER' });
    await accounts.login({ email: 'viewer@a.example', password: 'viewer password' }, remote);
    await accounts.createUser(owner, { email: 'boss@a.example', password: 'boss password', role: 'OWNER' });
    expect(await auditRows()).toContainEqual({
      action: 'createUser',
      detail: { email: 'viewer@a.example', role: 'VIEWER' },
    });
    await expect(
      accounts.createUser(viewer, { email: 'x@a.example', password: 'some password', role: 'VIEWER' }),
    ).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await userRows()).toHaveLength(3);
  });

  test('rejects an existing e-mail, concurrently too', async () => {
    const { user: owner } = await accounts.register(OWNER, local);
    const input = { email: 'x@a.example', password: 'some password', role: 'VIEWER' as const };
    const results = await Promise.allSettled([
      accounts.createUser(owner, input),
      accounts.createUser(owner, { ...input, email: 'X@a.example' }),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(accounts.createUser(owner, { ...input, email: OWNER.email })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('already'),
    });
  });
});

test('a session can be renewed until 12 hours after the sign-in', async () => {
  const first = await accounts.register(OWNER, local);
  const begun = now;
  const sessionOf = async (token: string) => {
    const session = await accounts.authenticate(`Bearer ${token}`);
    if (session?.kind !== 'session') throw new Error('No session.');
    return session;
  };
  let { token } = first;
  while (now < begun + 12 * 3_600_000 - 60_000) {
    expect((await sessionOf(token)).signedInAt).toEqual(new Date(begun));
    ({ token } = await accounts.renew(await sessionOf(token)));
    now = Math.min(now + 3_000_000, begun + 12 * 3_600_000 - 60_000);
  }
  ({ token } = await accounts.renew(await sessionOf(token)));
  now += 60_000;
  await expect(accounts.renew(await sessionOf(token))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('no password is stored or logged in clear', async () => {
  const { user } = await accounts.register(OWNER, local);
  await accounts.createUser(user, { email: 'x@a.example', password: OWNER.password, role: 'VIEWER' });
  await accounts.login(OWNER, local);
  for (const table of ['users', 'audit_log', 'login_attempt']) {
    const rows = await database.query<{ text: string }>(`SELECT t::text AS text FROM ${table} AS t`);
    expect(rows.map(({ text }) => text).join()).not.toContain(OWNER.password);
  }
});
