import { beforeEach, describe, expect, test } from 'vitest';
import { createLoginLimits, type LoginLimits } from '../../src/accounts/login-limits.js';
import { systemClock } from '../../src/clock.js';
import { withDatabase } from '../helpers/with-database.js';

const store = withDatabase();
const START = Date.parse('2026-11-23T10:00:00Z');
const MINUTE = 60_000;
let now: number;
let limits: LoginLimits;

beforeEach(async () => {
  now = START;
  await store.database.query('DELETE FROM login_attempt');
  limits = createLoginLimits({ database: store.database, clock: { ...systemClock, now: () => new Date(now) } });
});

const attempts = (count: number, of: (index: number) => { email: string | null; address: string | null }) =>
  Promise.allSettled(Array.from({ length: count }, (_, index) => limits.begin(of(index))));
const passed = (results: PromiseSettledResult<void>[]) => results.filter(({ status }) => status === 'fulfilled').length;

test('ten failures an e-mail, from wherever they come, even all at once', async () => {
  const results = await attempts(25, (index) => ({ email: 'me@a.example', address: `10.0.0.${index}` }));
  expect(passed(results)).toBe(10);
  await limits.begin({ email: 'you@a.example', address: '10.0.0.1' });
});

describe('an address that has failed fifty times', () => {
  const fifty = () => attempts(50, (index) => ({ email: `u${index % 5}@a.example`, address: '10.0.0.1' }));
  const mine = { email: 'me@a.example', address: '10.0.0.1' };
  /** As if it had failed so often, all in all. */
  const failedTimes = (count: number) =>
    store.database.query("UPDATE login_attempt SET failures = $1 WHERE key = 'address:10.0.0.1'", [count]);

  test('may try an e-mail that has not failed thrice itself: strangers lock nobody else out', async () => {
    expect(passed(await fifty())).toBe(50);
    await limits.begin(mine);
    await limits.succeeded(mine);
    expect(passed(await attempts(25, () => mine))).toBe(3);
    // From elsewhere all ten are there, of which three are used up; then they are for nobody.
    expect(passed(await attempts(25, () => ({ ...mine, address: '10.0.0.2' })))).toBe(7);
    now += 15 * MINUTE;
    expect(passed(await attempts(12, () => mine))).toBe(10);
  });

  test('sprays three passwords an e-mail, and a thousand in all, even all at once', async () => {
    await fifty();
    const spray = (count: number) => attempts(count, (index) => ({ ...mine, email: `s${index % 20}@a.example` }));
    expect(passed(await spray(80))).toBe(60);
    await failedTimes(980);
    expect(passed(await attempts(30, (index) => ({ ...mine, email: `t${index}@a.example` })))).toBe(20);
    await expect(limits.begin(mine)).rejects.toMatchObject({ extensions: { retryAfterSeconds: 900 } });
    await limits.begin({ ...mine, address: '10.0.0.2' });
  });

  test('guesses at no setup code', async () => {
    const setupCode = { email: null, address: '10.0.0.1' };
    expect(passed(await attempts(49, () => setupCode))).toBe(49);
    await limits.begin(mine);
    await expect(limits.begin(setupCode)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });

  test('is not charged for what was refused, so that an e-mail shut elsewhere does not shut it', async () => {
    await attempts(10, () => ({ ...mine, address: '10.0.0.2' }));
    await attempts(1, () => ({ ...mine, email: 'you@a.example' }));
    await failedTimes(980);
    expect(passed(await attempts(30, () => mine))).toBe(0);
    await limits.begin({ ...mine, email: 'you@a.example' });
  });
});

test('the refusal says when to try again, and then it is so', async () => {
  await attempts(1, () => ({ email: 'me@a.example', address: null }));
  now += 5 * MINUTE;
  await attempts(9, () => ({ email: 'me@a.example', address: null }));
  const again = () => limits.begin({ email: 'me@a.example', address: null });
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

test("success forgets the e-mail's failures, and takes itself back from the address", async () => {
  const mine = { email: 'me@a.example', address: '10.0.0.1' };
  for (let time = 0; time < 60; time += 1) {
    await limits.begin(mine);
    await limits.succeeded(mine);
  }
  expect(passed(await attempts(12, () => mine))).toBe(10);
});

test('an IPv6 subscriber counts as one address, however it is written', async () => {
  await attempts(25, (index) => ({ email: null, address: `2001:db8:0:7:${index}::1` }));
  await attempts(25, (index) => ({ email: null, address: `2001:0DB8:0000:0007:0:0:0:${index}` }));
  await expect(limits.begin({ email: null, address: '2001:db8::7:0:0:0:1' })).rejects.toMatchObject({
    code: 'RATE_LIMITED',
  });
  await limits.begin({ email: null, address: '2001:db8:0:8::1' });
  await attempts(50, () => ({ email: null, address: '::ffff:10.0.0.9' }));
  await expect(limits.begin({ email: null, address: '10.0.0.9' })).rejects.toMatchObject({ code: 'RATE_LIMITED' });
});

test('keeps no e-mail in clear, and nothing for long', async () => {
  await attempts(3, (index) => ({ email: `me${index}@a.example`, address: '10.0.0.1' }));
  const rows = () => store.database.query<{ key: string }>('SELECT key FROM login_attempt');
  expect(await rows()).toHaveLength(4);
  expect(JSON.stringify(await rows())).not.toContain('a.example');
  now += 31 * MINUTE;
  await limits.begin({ email: 'later@a.example', address: null });
  expect(await rows()).toHaveLength(1);
});
