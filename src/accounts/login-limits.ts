import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { Clock } from '../clock.js';
import type { Sql } from '../database/sql.js';
import { Refusal } from '../errors.js';

const WINDOW_MS = 15 * 60_000;
const FAILURES_AN_EMAIL = 10;
const FAILURES_AN_ADDRESS = 50;

/** How often a password may be guessed, counted in the database, over all processes. */
export interface LoginLimits {
  /**
   * Counts an attempt as failed before it is made, so that many at once can't slip through. Tell `succeeded` when it wasn't.
   * @throws {Refusal} RATE_LIMITED with `retryAfterSeconds`
   */
  begin(attempt: Attempt): Promise<void>;
  /** Forgets the e-mail's failures, and takes this attempt back from the address. */
  succeeded(attempt: Attempt): Promise<void>;
}

export interface Attempt {
  /** Null when no account is tried. */
  readonly email: string | null;
  readonly address: string | null;
}

export function createLoginLimits({ database, clock }: { database: Sql; clock: Clock }): LoginLimits {
  /** One statement: whoever comes second waits for the row, and counts on from what the first one left. */
  const count = async (key: string, most: number) => {
    const now = clock.now();
    const [row] = await database.query<{ failures: number; startedAt: Date }>(
      `INSERT INTO login_attempt AS l (key, failures, window_started_at) VALUES ($1, 1, $2)
       ON CONFLICT (key) DO UPDATE SET
         failures = CASE WHEN l.window_started_at <= $3 THEN 1 ELSE least(l.failures, $4) + 1 END,
         window_started_at = CASE WHEN l.window_started_at <= $3 THEN $2 ELSE l.window_started_at END
       RETURNING failures, window_started_at AS "startedAt"`,
      [key, now, new Date(now.getTime() - WINDOW_MS), most],
    );
    if (row === undefined) return;
    if (row.failures === 1) await forgetOld(now);
    if (row.failures > most) throw tooMany(row.startedAt.getTime() + WINDOW_MS - now.getTime());
  };
  const forgetOld = (now: Date) =>
    database.query('DELETE FROM login_attempt WHERE window_started_at < $1', [new Date(now.getTime() - 2 * WINDOW_MS)]);

  return {
    begin: async ({ email, address }) => {
      if (address !== null) await count(addressKey(address), FAILURES_AN_ADDRESS);
      if (email !== null) await count(emailKey(email), FAILURES_AN_EMAIL);
    },
    succeeded: async ({ email, address }) => {
      if (email !== null) await database.query('DELETE FROM login_attempt WHERE key = $1', [emailKey(email)]);
      if (address === null) return;
      await database.query('UPDATE login_attempt SET failures = greatest(failures - 1, 0) WHERE key = $1', [
        addressKey(address),
      ]);
    },
  };
}

function tooMany(waitMs: number): Refusal {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  const wait = seconds < 60 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
  return new Refusal('RATE_LIMITED', `Too many failed attempts to sign in. Try again in ${wait}.`, {
    retryAfterSeconds: seconds,
  });
}

/** Hashed: people type passwords in the e-mail's place. */
function emailKey(email: string): string {
  return `email:${createHash('sha256').update(email).digest('base64url')}`;
}

/** Of IPv6 the first 64 bits: one subscriber has all the rest. */
function addressKey(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!isIPv6(plain)) return `address:${plain}`;
  const [head = '', tail] = plain.split('::');
  const groups = (text: string | undefined) => (text ? text.split(':') : []);
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(Math.max(0, missing)).fill('0'), ...groups(tail)];
  return `address:${all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, '').toLowerCase())
    .join(':')}::/64`;
}
