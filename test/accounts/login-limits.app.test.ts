import { beforeEach, describe, expect } from 'vitest';
import type { Caller } from '../../src/accounts/accounts.js';
import { createLoginLimits, type LoginLimits } from '../../src/accounts/login-limits.js';
import { systemClock } from '../../src/core/clock.js';
import type { Database } from '../../src/database/database.js';
import { deleteAll } from '../helpers/delete-all.js';
import { test } from '../helpers/fixtures.js';

let database: Database;

test.beforeAll(({ database: opened }) => {
  database = opened;
});
const START = Date.parse('2026-11-23T10:00:00Z');
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
let now: number;
let limits: LoginLimits;

beforeEach(async () => {
  now = START;
  await deleteAll(database, 'login_attempt, known_login');
  limits = createLoginLimits({
    database: database,
    clock: { ...systemClock, now: () => new Date(now) },
    secret: 'a secret of the tests',
  });
});

const from = (address: string | null): Caller => ({ address, local: false });
const behindProxy = (claimed: string | null): Caller => ({ ...from('10.0.0.9'), untrustedProxy: { claimed } });
const fail = async (email: string, caller: Caller) => (await limits.attempt(email, caller)).begin();
const succeed = async (email: string, caller: Caller, userId = 1n) => {
  const attempt = await limits.attempt(email, caller);
  await attempt.begin();
  await attempt.succeeded(userId);
};
/** Returns how many of `count` concurrent attempts are checked. */
const passed = async (count: number, of: (index: number) => [string, Caller]) => {
  const results = await Promise.allSettled(Array.from({ length: count }, (_, index) => fail(...of(index))));
  return results.filter(({ status }) => status === 'fulfilled').length;
};
const ME = 'me@a.example';

test('#43 ten failures of an e-mail from one address, concurrent ones too, block that address only', async () => {
  expect(await passed(25, () => [ME, from('10.0.0.1')])).toBe(10);
  await expect(fail(ME, from('10.0.0.1'))).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  expect(await passed(25, () => [ME, from('10.0.0.2')])).toBe(10);
  await fail('you@a.example', from('10.0.0.1'));
});

describe('#43 a hundred failures of an e-mail from all addresses', () => {
  beforeEach(async () => {
    await succeed(ME, from('192.0.2.1'));
    expect(await passed(120, (index) => [ME, from(`10.0.${index}.1`)])).toBe(100);
  });

  test('block it, except from an address of a recent sign-in', async () => {
    await expect(fail(ME, from('192.0.2.2'))).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await succeed(ME, from('192.0.2.1'));
    expect(await passed(25, () => [ME, from('192.0.2.1')])).toBe(10);
  });

  test('block an address of an old sign-in, or of another e-mail', async () => {
    await succeed('you@a.example', from('192.0.2.2'));
    await expect(fail(ME, from('192.0.2.2'))).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    now += 31 * DAY;
    expect((await limits.attempt(ME, from('192.0.2.1'))).turn.known).toBe(false);
  });
});

describe('an address with fifty failures', () => {
  const fifty = () => passed(50, (index) => [`u${index % 5}@a.example`, from('10.0.0.1')]);
  /** Sets the number of failures. */
  const failedTimes = (count: number) =>
    database.query("UPDATE login_attempt SET failures = $1 WHERE key = 'address:10.0.0.1'", [count]);

  test('may try an e-mail three times', async () => {
    expect(await fifty()).toBe(50);
    await succeed(ME, from('10.0.0.1'));
    expect(await passed(25, () => ['you@a.example', from('10.0.0.1')])).toBe(3);
    expect(await passed(25, () => ['you@a.example', from('10.0.0.2')])).toBe(10);
    now += 15 * MINUTE;
    expect(await passed(12, () => ['you@a.example', from('10.0.0.1')])).toBe(10);
  });

  test('is limited to three per e-mail and a thousand in all, concurrent ones too', async () => {
    await fifty();
    expect(await passed(80, (index) => [`s${index % 20}@a.example`, from('10.0.0.1')])).toBe(60);
    await failedTimes(980);
    expect(await passed(30, (index) => [`t${index}@a.example`, from('10.0.0.1')])).toBe(20);
    await expect(fail(ME, from('10.0.0.1'))).rejects.toMatchObject({ extensions: { retryAfterSeconds: 900 } });
    await fail(ME, from('10.0.0.2'));
  });

  test('#43 is not limited for an e-mail that signed in from there recently', async () => {
    await succeed(ME, from('10.0.0.1'));
    await fifty();
    await failedTimes(1_000);
    await succeed(ME, from('10.0.0.1'));
    await expect(fail('you@a.example', from('10.0.0.1'))).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });

  test('does not count refused attempts', async () => {
    await passed(10, () => [ME, from('10.0.0.1')]);
    await failedTimes(980);
    expect(await passed(30, () => [ME, from('10.0.0.1')])).toBe(0);
    await fail('you@a.example', from('10.0.0.1'));
  });
});

describe('#43 behind an untrusted proxy', () => {
  test('clients are distinguished by the address in its headers', async () => {
    expect(await passed(25, () => [ME, behindProxy('203.0.113.1')])).toBe(10);
    await succeed(ME, behindProxy('203.0.113.2'));
    expect((await limits.attempt(ME, behindProxy('203.0.113.2'))).turn.known).toBe(true);
    expect((await limits.attempt(ME, from('203.0.113.2'))).turn.known).toBe(false);
  });

  test('without that address, a thousand failures block no other e-mail', async () => {
    await database.query("INSERT INTO login_attempt VALUES ('address:10.0.0.9', 1000, $1)", [new Date(now)]);
    expect(await passed(60, () => [ME, behindProxy(null)])).toBe(60);
    await succeed(ME, behindProxy(null));
  });

  test('claimed addresses do not raise the limit of an e-mail', async () => {
    expect(await passed(150, (index) => [ME, behindProxy(`203.0.113.${index}`)])).toBe(100);
  });
});

test('RATE_LIMITED returns when to try again', async () => {
  const again = () => fail(ME, from('10.0.0.1'));
  await again();
  now += 5 * MINUTE;
  await passed(9, () => [ME, from('10.0.0.1')]);
  await expect(again()).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    message: expect.stringContaining('10 min'),
    extensions: { retryAfterSeconds: 600 },
  });
  now += 10 * MINUTE - 1;
  await expect(again()).rejects.toMatchObject({ extensions: { retryAfterSeconds: 1 } });
  now += 1;
  await again();
});

test('a success clears the failures of e-mail and address, and is not counted elsewhere', async () => {
  for (let time = 0; time < 60; time += 1) await succeed(ME, from('10.0.0.1'));
  await passed(5, () => [ME, from('10.0.0.1')]);
  await succeed(ME, from('10.0.0.1'));
  expect(await passed(12, () => [ME, from('10.0.0.1')])).toBe(10);
  const rows = await database.query("SELECT FROM login_attempt WHERE key LIKE 'address:%' AND failures > 0");
  expect(rows).toEqual([]);
});

test('an IPv6 /64 counts as one address in any notation', async () => {
  expect(await passed(5, (index) => [ME, from(`2001:db8:0:7:${index}::1`)])).toBe(5);
  expect(await passed(25, (index) => [ME, from(`2001:0DB8:0000:0007:0:0:0:${index}`)])).toBe(5);
  await expect(fail(ME, from('2001:db8::7:0:0:0:1'))).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  await fail(ME, from('2001:db8:0:8::1'));
  await passed(10, () => [ME, from('::ffff:10.0.0.9')]);
  await expect(fail(ME, from('10.0.0.9'))).rejects.toMatchObject({ code: 'RATE_LIMITED' });
});

test('stores no e-mail in clear, and deletes old rows', async () => {
  await passed(3, (index) => [`me${index}@a.example`, from('10.0.0.1')]);
  await succeed(ME, from('10.0.0.2'));
  const rows = () => database.query<{ key: string }>('SELECT key FROM login_attempt');
  const known = () => database.query<{ key: string }>('SELECT key FROM known_login');
  expect(await known()).toHaveLength(1);
  expect(JSON.stringify([await rows(), await known()])).not.toContain('a.example');
  expect(JSON.stringify(await known())).not.toContain('10.0.0.2');
  now += 31 * MINUTE;
  await fail('later@a.example', from(null));
  expect(await rows()).toHaveLength(3);
  now += 31 * DAY;
  await fail('later@a.example', from(null));
  expect(await known()).toEqual([]);
});

test('#43 stores the 20 latest addresses of a user', async () => {
  for (let index = 0; index < 25; index += 1) {
    now += 1_000;
    await limits.remember(1n, ME, from(`10.0.1.${index}`));
  }
  await limits.remember(2n, 'you@a.example', from('10.0.1.0'));
  expect(await database.query('SELECT FROM known_login')).toHaveLength(21);
  const isKnown = async (address: string) => (await limits.attempt(ME, from(address))).turn.known;
  expect([await isKnown('10.0.1.4'), await isKnown('10.0.1.5'), await isKnown('10.0.1.24')]).toEqual([
    false,
    true,
    true,
  ]);
});
