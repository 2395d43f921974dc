import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * What the first user shows to prove that they can read the log: four groups of four letters and digits (80 bits).
 * It follows from the JWT secret, so that all replicas know the same one and it survives a restart.
 */
export function setupCodeOf(jwtSecret: string): string {
  const bytes = createHmac('sha256', jwtSecret).update('ordermirror setup code').digest();
  const letters = Array.from(bytes.subarray(0, 16), (byte) => LETTERS[byte % LETTERS.length]).join('');
  return letters.replace(/.{4}(?=.)/g, '$&-');
}

/** Whatever the case, and with or without the dashes; takes the same time for any two codes. */
export function isSetupCode(given: string | null | undefined, code: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text.toUpperCase().replace(/[\s-]/g, '')).digest();
  return timingSafeEqual(digest(given ?? ''), digest(code));
}
