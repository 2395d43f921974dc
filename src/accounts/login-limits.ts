import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { Clock } from '../clock.js';
import type { Sql } from '../database/sql.js';
import { Refusal } from '../errors.js';

const WINDOW_MS = 15 * 60_000;
const FAILURES_AN_EMAIL = 10;
const FAILURES_AN_ADDRESS = 50;
/** Of an address that has failed so often. */
const FAILURES_AN_EMAIL_THERE = 3;
const MOST_AN_ADDRESS = 1_000;

/**
 * How often a password may be guessed in 15 minutes, counted in the database, over all processes: an e-mail's 10 times,
 * from wherever. An address may have many people behind it, all of them where a reverse proxy or Docker passes requests
 * on. So 50 failures don't shut it, but from then on it may only try e-mails that have failed less than 3 times
 * themselves, from wherever: strangers' guesses at other e-mails lock nobody out, and who sprays passwords gets 3 an
 * account. After 1,000 it is shut. The setup code, which belongs to no e-mail, may be guessed until the 50.
 */
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
  /**
   * The key's failures with this one, which isn't counted when there are `most` already. One statement: whoever comes
   * second waits for the row, and counts on from what the first one left.
   */
  const count = async (key: string, most: number): Promise<number> => {
    const now = clock.now();
    const [row] = await database.query<{ failures: number }>(
      `INSERT INTO login_attempt AS l (key, failures, window_started_at) VALUES ($1, 1, $2)
       ON CONFLICT (key) DO UPDATE SET
         failures = CASE WHEN l.window_started_at <= $3 THEN 1 ELSE l.failures + 1 END,
         window_started_at = CASE WHEN l.window_started_at <= $3 THEN $2 ELSE l.window_started_at END
       WHERE l.window_started_at <= $3 OR l.failures < $4
       RETURNING failures`,
      [key, now, new Date(now.getTime() - WINDOW_MS), most],
    );
    if (row === undefined) throw tooMany((await startOf(key)).getTime() + WINDOW_MS - now.getTime());
    if (row.failures === 1) await forgetOld(now);
    return row.failures;
  };
  const startOf = async (key: string): Promise<Date> => {
    const [row] = await database.query<{ startedAt: Date }>(
      'SELECT window_started_at AS "startedAt" FROM login_attempt WHERE key = $1',
      [key],
    );
    return row?.startedAt ?? new Date(0);
  };
  const takeBack = (address: string) =>
    database.query('UPDATE login_attempt SET failures = greatest(failures - 1, 0) WHERE key = $1', [
      addressKey(address),
    ]);
  const forgetOld = (now: Date) =>
    database.query('DELETE FROM login_attempt WHERE window_started_at < $1', [new Date(now.getTime() - 2 * WINDOW_MS)]);

  return {
    begin: async ({ email, address }) => {
      const mostThere = email === null ? FAILURES_AN_ADDRESS : MOST_AN_ADDRESS;
      const failures = address === null ? 0 : await count(addressKey(address), mostThere);
      if (email === null) return;
      const most = failures > FAILURES_AN_ADDRESS ? FAILURES_AN_EMAIL_THERE : FAILURES_AN_EMAIL;
      await count(emailKey(email), most).catch(async (refusal: unknown) => {
        // No guess was made, so none is held against the address.
        if (address !== null) await takeBack(address);
        throw refusal;
      });
    },
    succeeded: async ({ email, address }) => {
      if (email !== null) await database.query('DELETE FROM login_attempt WHERE key = $1', [emailKey(email)]);
      if (address !== null) await takeBack(address);
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
