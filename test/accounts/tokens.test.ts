import { SignJWT, UnsecuredJWT } from 'jose';
import { expect, test } from 'vitest';
import { createTokens } from '../../src/accounts/tokens.js';
import { systemClock } from '../../src/core/clock.js';

const SECRET = 'a secret of at least thirty-two characters';
const START = Date.parse('2026-11-23T10:00:00.400Z');
let now = START;
const clock = { ...systemClock, now: () => new Date(now) };
const tokens = createTokens({ jwtSecret: SECRET, clock });

test('contains user and session, for one hour', async () => {
  now = START;
  const { token, expiresAt } = await tokens.issue(42n);
  expect(expiresAt).toEqual(new Date('2026-11-23T11:00:00Z'));
  const claims = {
    userId: 42n,
    expiresAt,
    sessionVersion: 0,
    signedInAt: new Date('2026-11-23T10:00:00Z'),
    sessionId: expect.stringMatching(/^[\w-]{36}$/),
  };
  expect(await tokens.read(token)).toEqual(claims);
  now = expiresAt.getTime() - 1;
  expect(await tokens.read(token)).toEqual(claims);
  now = expiresAt.getTime();
  expect(await tokens.read(token)).toBeNull();
});

test('a token of another issuer is rejected', async () => {
  now = START;
  const jwt = (change: (token: SignJWT) => SignJWT = (token) => token, secret = SECRET, alg = 'HS256') =>
    change(
      new SignJWT({})
        .setProtectedHeader({ alg })
        .setIssuer('ordermirror')
        .setAudience('ordermirror')
        .setSubject('42')
        .setIssuedAt(START / 1000)
        .setExpirationTime(START / 1000 + 60),
    ).sign(new TextEncoder().encode(secret));
  expect(await tokens.read(await jwt())).toMatchObject({ userId: 42n });

  const refused = [
    '',
    'x.y.z',
    await jwt(undefined, 'another secret of thirty-two characters'),
    await jwt((token) => token.setIssuer('elsewhere')),
    await jwt((token) => token.setAudience('elsewhere')),
    await jwt((token) => token.setSubject('root')),
    await jwt((token) => token.setSubject('')),
    await jwt((token) => token.setNotBefore(START / 1000 + 30)),
    await jwt(undefined, SECRET.repeat(2), 'HS512'),
    await jwt(undefined, SECRET, 'HS512'),
    new UnsecuredJWT({})
      .setIssuer('ordermirror')
      .setAudience('ordermirror')
      .setSubject('42')
      .setExpirationTime('1h')
      .encode(),
    `${(await jwt()).slice(0, -4)}AAAA`,
  ];
  for (const token of refused) expect(await tokens.read(token)).toBeNull();

  const lasting = await new SignJWT({ iss: 'ordermirror', aud: 'ordermirror', sub: '42' })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(SECRET));
  expect(await tokens.read(lasting)).toBeNull();
});
