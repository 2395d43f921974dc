import { type Variable, wrongSecret } from './values.js';

/** What signs tokens and seals credentials. */
export interface Secrets {
  readonly jwtSecret: string;
  /** Of 32 bytes each, newest first: the first one seals, all of them open. */
  readonly encryptionKeys: readonly [Buffer, ...Buffer[]];
}

const SHORTEST_JWT_SECRET = 32;
const KEY_BYTES = 32;

/** Any text of at least 32 characters. */
export function jwtSecret(from: Variable): string | null {
  if (from.value === null || from.value.length >= SHORTEST_JWT_SECRET) return from.value;
  throw wrongSecret(
    from,
    'long enough',
    `any ${SHORTEST_JWT_SECRET} characters or more, such as what \`openssl rand -base64 48\` prints`,
  );
}

/** Base64 or base64url, separated by commas, newest first. */
export function encryptionKeys(from: Variable): Secrets['encryptionKeys'] | null {
  if (from.value === null) return null;
  const [newest, ...older] = from.value.split(',').map((text) => decodeKey(text.trim()));
  if (newest && older.every((key) => key !== null)) return [newest, ...older];
  throw wrongSecret(
    from,
    `a key of ${KEY_BYTES} bytes in base64, nor several of them`,
    'one, as `openssl rand -base64 32` prints it, or several separated by commas, newest first',
  );
}

function decodeKey(text: string): Buffer | null {
  if (!/^[\w+/-]+={0,2}$/.test(text)) return null;
  const key = Buffer.from(text, 'base64');
  return key.length === KEY_BYTES ? key : null;
}
