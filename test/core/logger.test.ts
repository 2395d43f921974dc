import { describe, expect, test } from 'vitest';
import { createLogger, type Logger, type LogLevel } from '../../src/core/logger.js';

const SECRET = 'S3cr3t-of-the-test';

/** What a logger writes while `write` uses it: each line parsed, and all of it as it came. */
function logged(write: (logger: Logger) => void, level: LogLevel = 'trace') {
  const lines: string[] = [];
  write(createLogger({ level, destination: { write: (line: string) => lines.push(line) } }));
  return { entries: lines.map((line) => JSON.parse(line) as Record<string, unknown>), text: lines.join('') };
}

test('writes one JSON object a line: time, level, fields, message', () => {
  const { entries, text } = logged((logger) => {
    logger.child({ runId: 7n }).info({ pages: 3, waitingUntil: null, ids: ['a'] }, 'A page is in.');
    logger.debug('two\nlines');
  });
  expect(text.match(/\n/g)).toHaveLength(2);
  expect(entries[0]).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    runId: 7,
    pages: 3,
    waitingUntil: null,
    ids: ['a'],
    msg: 'A page is in.',
  });
  expect(entries[1]).toMatchObject({ level: 'debug', msg: 'two\nlines' });
});

test('drops lines below the level', () => {
  expect(logged((logger) => logger.info('x'), 'warn').text).toBe('');
  expect(logged((logger) => logger.fatal('x'), 'silent').text).toBe('');
});

describe('redacts the value of', () => {
  test.each([
    'authorization',
    'Authorization',
    'proxy-authorization',
    'password',
    'newPassword',
    'passwordHash',
    'refreshToken',
    'refresh_token',
    'refreshTokenSealed',
    'lwaClientSecret',
    'lwaClientSecretSealed',
    'client_secret',
    'LWA_CLIENT_SECRET',
    'accessToken',
    'access_token',
    'x-amz-access-token',
    'token',
    'jwtSecret',
    'JWT_SECRET',
    'encryptionKey',
    'ENCRYPTION_KEY',
    'encryptionKeys',
    'cookie',
    'set-cookie',
    'variables',
    'connectionParams',
    'rawHeaders',
  ])('%s, at any depth, whatever it is', (name) => {
    const { text, entries } = logged((logger) => {
      logger.info({ [name]: SECRET });
      logger.info({ [name]: [SECRET] });
      logger.info({ [name]: { inner: SECRET } });
      logger.info({ a: { b: [{ c: { d: { [name]: SECRET } } }] } }, 'deep');
      logger.child({ [name]: SECRET }).info('child');
      logger
        .child({ request: { [name]: SECRET } })
        .child({ other: 1 })
        .info('grandchild');
      logger.info({ body: JSON.parse(`{"headers":{"${name}":"${SECRET}"}}`) });
    });
    expect(entries).toHaveLength(7);
    expect(text).not.toContain(SECRET);
    expect(text).toContain('[redacted]');
  });

  test('flags, counts, and names that only resemble one are', () => {
    const fields = {
      hasRefreshToken: true,
      tokens: 3.5,
      tokenRequests: 1,
      token: null,
      clientId: 'abc',
      setupCode: 'AAAA-BBBB',
    };
    expect(logged((logger) => logger.info(fields)).entries[0]).toMatchObject(fields);
  });
});

describe('redacts in any text', () => {
  test.each([
    ['a refresh token', `sent Atzr|IwEB${SECRET} to Amazon`, 'sent [redacted] to Amazon'],
    ['one in a form', `grant_type=refresh_token&refresh_token=Atzr%7C${SECRET}&x=1`, '&x=1'],
    ['an access token', `x-amz-access-token: Atza|${SECRET}`, 'x-amz-access-token: [redacted]'],
    ['a grantless one', `(Atc|${SECRET})`, '([redacted])'],
    ['a client secret', `amzn1.oa2-cs.v1.${SECRET}!`, '[redacted]'],
    ['a bearer token', `authorization: Bearer ${SECRET}.x.y`, 'Bearer [redacted]'],
    ['a JWT', `the token eyJhbGciOiJIUzI1NiJ9.eyJ${SECRET}.c2ln was sent`, 'the token [redacted] was sent'],
    [
      "a database's password",
      `postgres://me:${SECRET}@db.example:5432/x`,
      'postgres://me:[redacted]@db.example:5432/x',
    ],
    ['one with signs in it', `postgresql://me:a@b/c${SECRET}@db/x`, 'postgresql://me:[redacted]@db/x'],
    ['a password in any address', `https://me:${SECRET}@a.example/`, 'https://me:[redacted]@a.example/'],
    ['a form', `client_id=a&client_secret=${SECRET}&x=1`, 'client_id=a&client_secret=[redacted]&x=1'],
    ['JSON', `{"email":"a","password":"correct ${SECRET} \\"horse"}`, '{"email":"a","password":[redacted]}'],
    ['JSON in JSON', JSON.stringify(JSON.stringify({ password: `correct ${SECRET}` })), 'password'],
    ['GraphQL', `mutation { login(email: "a", password: "x ${SECRET}") { token } }`, '{ token } }'],
    ['a block string', `login(password: """a ${SECRET}""")`, 'login(password: [redacted])'],
    ['an environment', `JWT_SECRET=${SECRET} LWA_CLIENT_SECRET='a ${SECRET}'`, 'JWT_SECRET=[redacted]'],
  ])('%s', (_, dirty, left) => {
    const failure = new Error(dirty, { cause: new Error(dirty) });
    const { text, entries } = logged((logger) => {
      logger.info(dirty);
      logger.info('got %s', dirty);
      logger.info({ a: { b: [dirty] } }, 'deep');
      logger.error(failure);
      logger.error({ err: failure }, 'failed');
      logger.error({ error: new AggregateError([failure], dirty) }, 'failed');
      logger.child({ where: dirty }).warn('child');
    });
    expect(entries).toHaveLength(7);
    expect(text).not.toContain(SECRET);
    expect(entries[0]?.msg).toContain(left);
  });

  test('plain words stay as they are', () => {
    const words =
      'Page 3 of http://127.0.0.1:4000/graphql: 100 orders, 2 token requests; see a@b.example, C:\\x and "password".';
    expect(logged((logger) => logger.info(words)).entries[0]?.msg).toBe(words);
  });
});

describe('an error', () => {
  test('is logged with type, code, message, stack and causes, under any name', () => {
    const cause = Object.assign(new RangeError('the cause'), { code: 'ECONNRESET' });
    const failure = Object.assign(new TypeError('the failure', { cause }), { code: 42 });
    const { entries } = logged((logger) => {
      logger.error(failure);
      logger.error({ reason: failure }, 'It failed.');
    });
    const description = {
      type: 'TypeError',
      code: 42,
      message: 'the failure',
      stack: expect.stringContaining('logger.test'),
      cause: { type: 'RangeError', code: 'ECONNRESET', message: 'the cause' },
    };
    expect(entries[0]).toMatchObject({ msg: 'the failure', err: description });
    expect(entries[1]).toMatchObject({ msg: 'It failed.', reason: description });
  });

  test("is logged without other fields: an HTTP client's error has the whole request", () => {
    const failure = Object.assign(new Error('no'), { options: { body: SECRET }, request: { path: SECRET } });
    expect(logged((logger) => logger.error(failure)).text).not.toContain(SECRET);
  });

  test('that causes itself is logged', () => {
    const failure = new Error('round');
    failure.cause = failure;
    expect(logged((logger) => logger.error(failure)).entries[0]).toMatchObject({ msg: 'round' });
  });
});

test('logs circular fields', () => {
  const round: Record<string, unknown> = { password: SECRET };
  round.self = round;
  const { text, entries } = logged((logger) => logger.info({ round }, 'round'));
  expect(entries[0]).toMatchObject({ msg: 'round' });
  expect(text).not.toContain(SECRET);
});
