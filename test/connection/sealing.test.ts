import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSealer } from '../../src/connection/sealing.js';

const key = randomBytes(32);
const newer = randomBytes(32);
const sealer = createSealer([key]);
const TOKEN = 'Atzr|a refresh token ✓';
const failed = (message: RegExp) =>
  expect.objectContaining({ name: 'SyncError', code: 'DECRYPTION_FAILED', message: expect.stringMatching(message) });

test('opens a sealed value, which reveals nothing', () => {
  const sealed = sealer.seal(TOKEN, 'here');
  expect(sealed).toMatch(/^v1\.[0-9a-f]{8}\.[\w-]{16}\.[\w-]+$/);
  expect(Buffer.from(sealed.split('.')[3] ?? '', 'base64url').toString('latin1')).not.toContain('Atzr');
  expect(sealer.open(sealed, 'here')).toBe(TOKEN);
});

test('seals the same text differently each time', () => {
  const nonces = Array.from({ length: 50 }, () => sealer.seal(TOKEN, 'here').split('.')[2]);
  expect(new Set(nonces).size).toBe(50);
});

test('rejects a value sealed for another place', () => {
  const sealed = sealer.seal(TOKEN, 'refresh_token_sealed 1');
  for (const place of ['lwa_client_secret_sealed 1', 'refresh_token_sealed 2', '']) {
    expect(() => sealer.open(sealed, place)).toThrow(failed(/Save it again/));
  }
});

describe('rejects a changed value', () => {
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
  test.each([['v2', keyId, nonce, data].join('.'), '', TOKEN, 'v1'])('rejects the format %j', (sealed) => {
    expect(() => sealer.open(sealed, 'here')).toThrow(failed(/Append that key to ENCRYPTION_KEY/));
  });
});

test('rejects a shortened tag', () => {
  const sealed = sealer.seal('', 'here').split('.') as [string, string, string, string];
  const cut = Buffer.from(sealed[3], 'base64url').subarray(0, 4).toString('base64url');
  expect(() => sealer.open([...sealed.slice(0, 3), cut].join('.'), 'here')).toThrow(failed(/changed after/));
});

describe('keys', () => {
  test('seals with the newest key and opens with older ones', () => {
    const old = sealer.seal(TOKEN, 'here');
    const rotated = createSealer([newer, key]);
    expect(rotated.open(old, 'here')).toBe(TOKEN);
    expect([sealer.isCurrent(old), rotated.isCurrent(old)]).toEqual([true, false]);
    const fresh = rotated.seal(TOKEN, 'here');
    expect(rotated.isCurrent(fresh)).toBe(true);
    expect(createSealer([newer]).open(fresh, 'here')).toBe(TOKEN);
  });

  test('names the missing key and the remedy, without a secret', () => {
    const sealed = sealer.seal(TOKEN, 'here');
    const keyId = sealed.split('.')[1] ?? '';
    try {
      createSealer([newer]).open(sealed, 'here');
      expect.unreachable();
    } catch (error) {
      expect(error).toEqual(failed(/Append that key to ENCRYPTION_KEY, separated by a comma/));
      expect(String(error)).toContain(keyId);
      for (const secret of [TOKEN, key.toString('base64'), newer.toString('base64')])
        expect(String(error)).not.toContain(secret);
    }
  });
});
