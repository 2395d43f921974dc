import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { UserError } from '../core/errors.js';

const derive: (password: string, salt: Buffer, length: number, options: ScryptOptions) => Promise<Buffer> =
  promisify(scrypt);

/** What one guess costs, as scrypt counts it. */
export interface PasswordCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** 32 MiB and about 0.2 s per password: one of the settings that OWASP rates as equally strong (N=2^15, r=8, p=3). */
const COST: PasswordCost = { N: 2 ** 15, r: 8, p: 3 };
const HASH_BYTES = 32;
const SHORTEST = 12;
const LONGEST_BYTES = 1024;
/** What a stored hash may ask for at most, so that a forged row can't take all memory. */
const MOST_MEMORY = 256 * 2 ** 20;

/** How passwords are kept. */
export interface Passwords {
  /** `scrypt$N$r$p$salt$hash`, the last two in base64url. */
  hash(password: string): Promise<string>;
  /** True for a hash made at another cost than today's: hash the password again while it is at hand. */
  isOutdated(stored: string): boolean;
  /** A hash that fits no password, and takes as long to check as one that does. */
  readonly nobodys: string;
}

/** @param cost of tests that make many users, less than what it is otherwise */
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
    nobodys: format(cost, Buffer.alloc(16), Buffer.alloc(HASH_BYTES)),
  };
}

/** @throws {UserError} BAD_USER_INPUT for one that is too short or too long. */
export function checkNewPassword(password: string): void {
  const text = password.normalize('NFKC');
  if ([...text].length < SHORTEST) {
    throw new UserError('BAD_USER_INPUT', `The password must have at least ${SHORTEST} characters.`);
  }
  if (Buffer.byteLength(text) > LONGEST_BYTES) {
    throw new UserError('BAD_USER_INPUT', `The password must not be longer than ${LONGEST_BYTES} bytes.`);
  }
}

/** Whether this is the password. A hash that can't be read fits none. Takes the same time for any two passwords. */
export async function isPassword(password: string, stored: string): Promise<boolean> {
  const parsed = parse(stored);
  if (parsed === null || Buffer.byteLength(password) > 4 * LONGEST_BYTES) return false;
  const { cost, salt, expected } = parsed;
  return timingSafeEqual(await derived(password, salt, expected.length, cost), expected);
}

function derived(password: string, salt: Buffer, length: number, cost: PasswordCost): Promise<Buffer> {
  return derive(password.normalize('NFKC'), salt, length, { ...cost, maxmem: MOST_MEMORY });
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
