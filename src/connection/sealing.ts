import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { SyncError } from '../core/errors.js';

const VERSION = 'v1';
const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts secrets for storage: AES-256-GCM with the newest key. */
export interface Sealer {
  /**
   * `v1.<key id>.<nonce>.<ciphertext and tag>`, the last two in base64url.
   * @param place the column and row, authenticated: a sealed value can't be opened in another place
   */
  seal(text: string, place: string): string;
  /** @throws {SyncError} DECRYPTION_FAILED if the key is missing, or the value was changed or sealed for another place */
  open(sealed: string, place: string): string;
  /** Returns whether it was sealed with the newest key. */
  isCurrent(sealed: string): boolean;
}

/** @param keys 32 bytes each, newest first; the first one seals, all of them open */
export function createSealer(keys: readonly [Buffer, ...Buffer[]]): Sealer {
  const [newest] = keys;
  const keysById = new Map(keys.map((key) => [keyIdOf(key), key]));
  const newestId = keyIdOf(newest);
  return {
    seal: (text, place) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, newest, nonce).setAAD(boundTo(newestId, place));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return [VERSION, newestId, nonce.toString('base64url'), sealed.toString('base64url')].join('.');
    },
    open: (sealed, place) => {
      const [version, keyId = '', nonce = '', data = ''] = sealed.split('.');
      const key = version === VERSION ? keysById.get(keyId) : undefined;
      if (!key) throw keyMissing(version === VERSION ? keyId : null);
      try {
        return decrypt(key, Buffer.from(nonce, 'base64url'), Buffer.from(data, 'base64url'), boundTo(keyId, place));
      } catch (error) {
        throw new SyncError(
          'DECRYPTION_FAILED',
          'The saved credential was changed after it was sealed and cannot be opened. Save it again.',
          { cause: error },
        );
      }
    },
    isCurrent: (sealed) => sealed.startsWith(`${VERSION}.${newestId}.`),
  };
}

function decrypt(key: Buffer, nonce: Buffer, data: Buffer, bound: Buffer): string {
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(bound)
    .setAuthTag(data.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(data.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8');
}

/** Identifies a key without revealing it. */
function keyIdOf(key: Buffer): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}

function boundTo(keyId: string, place: string): Buffer {
  return Buffer.from(`ordermirror ${VERSION} ${keyId} ${place}`);
}

function keyMissing(keyId: string | null): SyncError {
  const which =
    keyId === null
      ? 'in a format that this version does not know'
      : `with the key ${keyId}, which is not in ENCRYPTION_KEY`;
  return new SyncError(
    'DECRYPTION_FAILED',
    `The saved credential was sealed ${which}. Append that key to ENCRYPTION_KEY, separated by a comma (without ENCRYPTION_KEY, restore keys.json in the data folder), and restart, or save the credential again.`,
  );
}
