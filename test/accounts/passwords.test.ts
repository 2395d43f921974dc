import { scryptSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { checkNewPassword, createPasswords, isPassword } from '../../src/accounts/passwords.js';

const PASSWORD = 'correct horse battery';
const passwords = createPasswords();

test('a hash matches its password only', async () => {
  const stored = await passwords.hash(PASSWORD);
  expect(stored).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
  expect(await isPassword(PASSWORD, stored)).toBe(true);
  expect(await isPassword(`${PASSWORD} `, stored)).toBe(false);
  expect(await isPassword('', stored)).toBe(false);
  expect(passwords.isOutdated(stored)).toBe(false);
});

test('the same password is hashed differently each time', async () => {
  expect(await passwords.hash(PASSWORD)).not.toBe(await passwords.hash(PASSWORD));
});

test('composed and decomposed characters are the same password', async () => {
  expect(await isPassword('Zürich ﬁnance 2026', await passwords.hash('Zu\u0308rich finance 2026'))).toBe(true);
});

test('a hash of another cost matches and is outdated', async () => {
  const salt = Buffer.from('0123456789abcdef');
  const hash = scryptSync(PASSWORD, salt, 32, { N: 1024, r: 8, p: 1 });
  const stored = `scrypt$1024$8$1$${salt.toString('base64url')}$${hash.toString('base64url')}`;
  expect(await isPassword(PASSWORD, stored)).toBe(true);
  expect(await isPassword('another password', stored)).toBe(false);
  expect(passwords.isOutdated(stored)).toBe(true);
});

test.each(['', 'plain text', 'scrypt$1$2$3', '$2b$10$abcdefghijklmnopqrstuv', 'scrypt$32768$8$3$AAAA$AAAA'])(
  'nothing fits %j',
  async (stored) => {
    expect(await isPassword('', stored)).toBe(false);
    expect(await isPassword(stored, stored)).toBe(false);
  },
);

test('the dummy hash matches nothing, and takes as long to check', async () => {
  const timeOf = async (stored: string) => {
    const start = performance.now();
    expect(await isPassword('some other password', stored)).toBe(false);
    return performance.now() - start;
  };
  const stored = await passwords.hash(PASSWORD);
  const ratio = (await timeOf(passwords.dummyHash)) / (await timeOf(stored));
  // Without hashing, a check takes a thousandth of this; a loaded machine may take several times as long.
  expect(ratio).toBeGreaterThan(0.1);
});

describe('a new password', () => {
  test.each(['', 'short', 'eleven char', '🐎🐎🐎🐎🐎🐎'])('%j is too short', (password) => {
    expect(() => checkNewPassword(password)).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT', message: expect.stringContaining('12') }),
    );
  });
  test('of more than 1024 bytes is too long', () => {
    checkNewPassword('é'.repeat(512));
    expect(() => checkNewPassword('é'.repeat(513))).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  });
  test('of twelve characters is accepted', () => {
    checkNewPassword('twelve chars');
    checkNewPassword('🐎'.repeat(12));
  });
});
