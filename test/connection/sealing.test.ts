import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSealer } from '../../src/connection/sealing.js';

const key = randomBytes(32);
const newer = randomBytes(32);
const sealer = createSealer([key]);
const TOKEN = 'Atzr|a refresh token ✓';
const failed = (message: RegExp) =>
  expect.objectContaining({ name: 'SyncError', code: 'DECRYPTION_FAILED', message: expect.stringMatching(message) });

test('opens what it sealed, which shows nothing of it', () => {
  const sealed = sealer.seal(TOKEN, 'here');
  expect(sealed).toMatch(/^v1\.[0-9a-f]{8}\.[\w-]{16}\.[\w-]+$/);
  expect(Buffer.from(sealed.split('.')[3] ?? '', 'base64url').toString('latin1')).not.toContain('Atzr');
  expect(sealer.open(sealed, 'here')).toBe(TOKEN);
});

test('the same text is sealed differently each time', () => {
  const nonces = Array.from({ length: 50 }, () => sealer.seal(TOKEN, 'here').split('.')[2]);
  expect(new Set(nonces).size).toBe(50);
});

test('what was sealed for one place opens in no other', () => {
  const sealed = sealer.seal(TOKEN, 'refresh_token_sealed 1');
  for (const place of ['lwa_client_secret_sealed 1', 'refresh_token_sealed 2', '']) {
    expect(() => sealer.open(sealed, place)).toThrow(failed(/Save it again/));
  }
});

describe('what was changed does not open', () => {
  const parts = () => sealer.seal(TOKEN, 'here').split('.') as [string, string, string, string];
  const flipped = (text: string, at: number) => {
    const bytes = Buffer.from(text, 'base64url');
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes.toString('base64url');
  };
  const [version, keyId, nonce, data] = parts();
  const length = Buffer.from(data, 'base64url').length;
  test.each([
    ['the nonce', [version, keyId, flipped(nonce, 0), data]],
    ['the ciphertext', [version, keyId, nonce, flipped(data, 0)]],
    ['the tag', [version, keyId, nonce, flipped(data, length - 1)]],
    ['no tag', [version, keyId, nonce, '']],
    ['no nonce', [version, keyId, '', data]],
  ])('%s', (_, changed) => {
    expect(() => sealer.open(changed.join('.'), 'here')).toThrow(failed(/changed after it was sealed/));
  });
  test.each([['v2', keyId, nonce, data].join('.'), '', TOKEN, 'v1'])('another form: %j', (sealed) => {
    expect(() => sealer.open(sealed, 'here')).toThrow(failed(/Put that key back/));
  });
});

test('a tag cut short is easier to guess, and does not count', () => {
  const sealed = sealer.seal('', 'here').split('.') as [string, string, string, string];
  const cut = Buffer.from(sealed[3], 'base64url').subarray(0, 4).toString('base64url');
  expect(() => sealer.open([...sealed.slice(0, 3), cut].join('.'), 'here')).toThrow(failed(/changed after/));
});

describe('keys', () => {
  test('are rotated: the newest seals, the older ones still open', () => {
    const old = sealer.seal(TOKEN, 'here');
    const rotated = createSealer([newer, key]);
    expect(rotated.open(old, 'here')).toBe(TOKEN);
    expect([sealer.isCurrent(old), rotated.isCurrent(old)]).toEqual([true, false]);
    const fresh = rotated.seal(TOKEN, 'here');
    expect(rotated.isCurrent(fresh)).toBe(true);
    expect(createSealer([newer]).open(fresh, 'here')).toBe(TOKEN);
  });

  test('when one is gone, the error says which, and what to do, but shows no secret', () => {
    const sealed = sealer.seal(TOKEN, 'here');
    const keyId = sealed.split('.')[1] ?? '';
    try {
      createSealer([newer]).open(sealed, 'here');
      expect.unreachable();
    } catch (error) {
      expect(error).toEqual(failed(/in ENCRYPTION_KEY, comma-separated/));
      expect(String(error)).toContain(keyId);
      for (const secret of [TOKEN, key.toString('base64'), newer.toString('base64')])
        expect(String(error)).not.toContain(secret);
    }
  });
});
