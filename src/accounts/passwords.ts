import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Refusal } from '../errors.js';

const derive: (password: string, salt: Buffer, length: number, options: ScryptOptions) => Promise<Buffer> =
  promisify(scrypt);

/** 32 MiB and about 0.2 s a password: one of the settings that OWASP gives as equally strong (N=2^15, r=8, p=3). */
const COST = { N: 2 ** 15, r: 8, p: 3 };
const HASH_BYTES = 32;
const SHORTEST = 12;
const LONGEST_BYTES = 1024;
/** What a stored hash may ask for at most, so that a forged row can't take all memory. */
const MOST_MEMORY = 256 * 2 ** 20;

/** Fits no password, and takes as long to check as one that does. */
export const noPassword = format(COST, Buffer.alloc(16), Buffer.alloc(HASH_BYTES));

/** @throws {Refusal} BAD_USER_INPUT for one that is too short or too long. */
export function checkNewPassword(password: string): void {
  const text = password.normalize('NFKC');
  if ([...text].length < SHORTEST) {
    throw new Refusal('BAD_USER_INPUT', `The password must have at least ${SHORTEST} characters.`);
  }
  if (Buffer.byteLength(text) > LONGEST_BYTES) {
    throw new Refusal('BAD_USER_INPUT', `The password must not be longer than ${LONGEST_BYTES} bytes.`);
  }
}

/** `scrypt$N$r$p$salt$hash`, the last two in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return format(COST, salt, await hash(password, salt, HASH_BYTES, COST));
}

/** Whether this is the password. A hash that can't be read fits none. Takes the same time for any two passwords. */
export async function isPassword(password: string, stored: string): Promise<boolean> {
  const parsed = parse(stored);
  if (parsed === null || Buffer.byteLength(password) > 4 * LONGEST_BYTES) return false;
  const { cost, salt, expected } = parsed;
  return timingSafeEqual(await hash(password, salt, expected.length, cost), expected);
}

/** True for a hash made at another cost than today's: hash the password again while it is at hand. */
export function isOutdated(stored: string): boolean {
  const cost = parse(stored)?.cost;
  return cost === undefined || cost.N !== COST.N || cost.r !== COST.r || cost.p !== COST.p;
}

type Cost = typeof COST;

function hash(password: string, salt: Buffer, length: number, cost: Cost): Promise<Buffer> {
  return derive(password.normalize('NFKC'), salt, length, { ...cost, maxmem: MOST_MEMORY });
}

function format({ N, r, p }: Cost, salt: Buffer, expected: Buffer): string {
  return ['scrypt', N, r, p, salt.toString('base64url'), expected.toString('base64url')].join('$');
}

function parse(stored: string): { cost: Cost; salt: Buffer; expected: Buffer } | null {
  const [, N, r, p, salt, expected] = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w-]+)\$([\w-]{22,})$/.exec(stored) ?? [];
  if (salt === undefined || expected === undefined) return null;
  return {
    cost: { N: Number(N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    expected: Buffer.from(expected, 'base64url'),
  };
}
