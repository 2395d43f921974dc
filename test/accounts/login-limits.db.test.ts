import { beforeEach, expect, test } from 'vitest';
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

test('fifty failures an address, whoever is tried, even all at once', async () => {
  const results = await attempts(60, (index) => ({ email: `u${index}@a.example`, address: '10.0.0.1' }));
  expect(passed(results)).toBe(50);
  await limits.begin({ email: 'u1@a.example', address: '10.0.0.2' });
});

test('what an address is refused for is not counted against the e-mail', async () => {
  await attempts(50, () => ({ email: null, address: '10.0.0.1' }));
  expect(passed(await attempts(20, () => ({ email: 'me@a.example', address: '10.0.0.1' })))).toBe(0);
  await limits.begin({ email: 'me@a.example', address: '10.0.0.2' });
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
