import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * Returns the code by which the first user proves access to the log: four groups of four letters and digits (80 bits).
 * Derived from the JWT secret, so that it is the same in all processes and after a restart.
 */
export function setupCodeOf(jwtSecret: string): string {
  const bytes = createHmac('sha256', jwtSecret).update('ordermirror setup code').digest();
  const letters = Array.from(bytes.subarray(0, 16), (byte) => LETTERS[byte % LETTERS.length]).join('');
  return letters.replace(/.{4}(?=.)/g, '$&-');
}

/** Compares in constant time, ignoring case, spaces and dashes. */
export function isSetupCode(given: string | null | undefined, code: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text.toUpperCase().replace(/[\s-]/g, '')).digest();
  return timingSafeEqual(digest(given ?? ''), digest(code));
}
