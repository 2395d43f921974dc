import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { UserError } from '../core/errors.js';

const derive: (password: string, salt: Buffer, length: number, options: ScryptOptions) => Promise<Buffer> =
  promisify(scrypt);

/** scrypt's cost parameters. */
export interface PasswordCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** One of OWASP's recommended settings (N=2^15, r=8, p=3): 32 MiB and about 0.2 s per password. */
const COST: PasswordCost = { N: 2 ** 15, r: 8, p: 3 };
const HASH_BYTES = 32;
const MIN_LENGTH = 12;
const MAX_BYTES = 1024;
/** Limits the memory for a stored hash, which may be forged. */
const MAX_MEMORY_BYTES = 256 * 2 ** 20;

/** Hashes passwords. */
export interface Passwords {
  /** `scrypt$N$r$p$salt$hash`, the last two in base64url. */
  hash(password: string): Promise<string>;
  /** Returns whether the hash has another cost, so that the password should be hashed again. */
  isOutdated(stored: string): boolean;
  /** A hash that no password matches, checked for unknown e-mails so that the response takes as long as for known ones. */
  readonly dummyHash: string;
}

/** @param cost lower in tests that create many users */
export function createPasswords(cost: PasswordCost = COST): Passwords {
  return {
    hash: async (password) => {
      const salt = randomBytes(16);
      return format(cost, salt, await derived(password, salt, HASH_BYTES, cost));
    },
    isOutdated: (stored) => {
      const known = parse(stored)?.cost;
      return known === undefined || known.N !== cost.N || known.r !== cost.r || known.p !== cost.p;
    },
    dummyHash: format(cost, Buffer.alloc(16), Buffer.alloc(HASH_BYTES)),
  };
}

/** @throws {UserError} BAD_USER_INPUT if too short or too long */
export function checkNewPassword(password: string): void {
  const text = password.normalize('NFKC');
  if ([...text].length < MIN_LENGTH) {
    throw new UserError('BAD_USER_INPUT', `The password must have at least ${MIN_LENGTH} characters.`);
  }
  if (Buffer.byteLength(text) > MAX_BYTES) {
    throw new UserError('BAD_USER_INPUT', `The password must not be longer than ${MAX_BYTES} bytes.`);
  }
}

/** Returns whether the password matches, in constant time. An unreadable hash matches none. */
export async function isPassword(password: string, stored: string): Promise<boolean> {
  const parsed = parse(stored);
  if (parsed === null || Buffer.byteLength(password) > 4 * MAX_BYTES) return false;
  const { cost, salt, expected } = parsed;
  return timingSafeEqual(await derived(password, salt, expected.length, cost), expected);
}

function derived(password: string, salt: Buffer, length: number, cost: PasswordCost): Promise<Buffer> {
  return derive(password.normalize('NFKC'), salt, length, { ...cost, maxmem: MAX_MEMORY_BYTES });
}

function format({ N, r, p }: PasswordCost, salt: Buffer, expected: Buffer): string {
  return ['scrypt', N, r, p, salt.toString('base64url'), expected.toString('base64url')].join('$');
}

function parse(stored: string): { cost: PasswordCost; salt: Buffer; expected: Buffer } | null {
  const [, N, r, p, salt, expected] = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w-]+)\$([\w-]{22,})$/.exec(stored) ?? [];
  if (salt === undefined || expected === undefined) return null;
  return {
    cost: { N: Number(N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    expected: Buffer.from(expected, 'base64url'),
  };
}
