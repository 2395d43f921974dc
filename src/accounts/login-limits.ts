import { createHmac } from 'node:crypto';
import type { Clock } from '../core/clock.js';
import { UserError } from '../core/errors.js';
import type { Sql } from '../database/sql.js';
import { addressKey, type Caller } from './caller.js';
import type { Turn } from './password-queue.js';

const WINDOW_MS = 15 * 60_000;
const PRUNE_EVERY_MS = 60_000;
const MAX_FAILURES_EMAIL_AND_ADDRESS = 10;
const MAX_FAILURES_EMAIL = 100;
const MAX_FAILURES_ADDRESS = 1_000;
/** An address with more failures than this gets the lower limit per e-mail. */
const BUSY_ADDRESS_FAILURES = 50;
const MAX_FAILURES_EMAIL_AND_BUSY_ADDRESS = 3;
const KNOWN_FOR_MS = 30 * 24 * 3_600_000;
const MAX_KNOWN_PER_USER = 20;

/**
 * Limits failed sign-ins per 15 minutes, counted in the database over all processes:
 *
 * - 10 per e-mail and address, so that guesses from other addresses don't lock out a user;
 * - 100 per e-mail over all addresses, except from an address where the user signed in within the last 30 days (the 20
 *   latest per user, stored as keyed hashes);
 * - 3 per e-mail from an address with more than 50 failures, against trying one password on many e-mails; 1,000 per
 *   address. Both with the same exception.
 *
 * Behind a proxy that isn't in TRUST_PROXY, clients are distinguished by the address that its headers claim. These can be
 * forged, which leaves the limit of 100 per e-mail. Without such headers only that limit applies.
 *
 * One row per checked password: the password queue bounds the table to some 30 rows per second and process, each deleted
 * after 15 minutes.
 */
export interface LoginLimits {
  /** Prepares an attempt. @param email normalised */
  attempt(email: string, caller: Caller): Promise<LoginAttempt>;
  /** Records that the user signed in from this caller's address. */
  remember(userId: bigint, email: string, caller: Caller): Promise<void>;
}

export interface LoginAttempt {
  /** For the password queue. */
  readonly turn: Turn;
  /**
   * Counts the attempt as failed before the password is checked, so that concurrent ones count. Then call `succeeded`.
   * @throws {UserError} RATE_LIMITED with `retryAfterSeconds`
   */
  begin(): Promise<void>;
  /** Clears the failures of e-mail and address, subtracts the attempt from the other limits, and records the address. */
  succeeded(userId: bigint): Promise<void>;
}

export interface LoginLimitsOptions {
  readonly database: Sql;
  readonly clock: Clock;
  /** The HMAC key for e-mails and addresses; the same in all processes. */
  readonly secret: string;
}

export function createLoginLimits({ database, clock, secret }: LoginLimitsOptions): LoginLimits {
  const hash = (...parts: string[]) => createHmac('sha256', secret).update(parts.join('\0')).digest('base64url');
  let prunedAt = Number.NEGATIVE_INFINITY;

  /**
   * Counts a failure in one atomic statement and returns the key's failures.
   * @throws {UserError} RATE_LIMITED if there are `max` already
   */
  const count = async (key: string, max: number): Promise<number> => {
    const now = clock.now();
    const [row] = await database.query<{ failures: number }>(
      `INSERT INTO login_attempt AS l (key, failures, window_started_at) VALUES ($1, 1, $2)
       ON CONFLICT (key) DO UPDATE SET
         failures = CASE WHEN l.window_started_at <= $3 THEN 1 ELSE l.failures + 1 END,
         window_started_at = CASE WHEN l.window_started_at <= $3 THEN $2 ELSE l.window_started_at END
       WHERE l.window_started_at <= $3 OR l.failures < $4
       RETURNING failures`,
      [key, now, new Date(now.getTime() - WINDOW_MS), max],
    );
    if (row === undefined) throw tooMany((await startOf(key)).getTime() + WINDOW_MS - now.getTime());
    return row.failures;
  };
  const startOf = async (key: string): Promise<Date> => {
    const [row] = await database.query<{ startedAt: Date }>(
      'SELECT window_started_at AS "startedAt" FROM login_attempt WHERE key = $1',
      [key],
    );
    return row?.startedAt ?? new Date(0);
  };
  const uncount = (keys: readonly string[]) =>
    database.query('UPDATE login_attempt SET failures = greatest(failures - 1, 0) WHERE key = ANY ($1::text[])', [
      keys,
    ]);
  const prune = async () => {
    const now = clock.now().getTime();
    if (now - prunedAt < PRUNE_EVERY_MS) return;
    prunedAt = now;
    await database.query('DELETE FROM login_attempt WHERE window_started_at <= $1 OR failures = 0', [
      new Date(now - WINDOW_MS),
    ]);
    await database.query('DELETE FROM known_login WHERE signed_in_at <= $1', [new Date(now - KNOWN_FOR_MS)]);
  };
  const isKnown = async (key: string): Promise<boolean> => {
    const since = new Date(clock.now().getTime() - KNOWN_FOR_MS);
    const rows = await database.query('SELECT FROM known_login WHERE key = $1 AND signed_in_at > $2', [key, since]);
    return rows.length > 0;
  };
  const remember = async (userId: bigint, email: string, caller: Caller) => {
    await database.query(
      `INSERT INTO known_login (key, user_id, signed_in_at) VALUES ($1, $2, $3)
       ON CONFLICT (key) DO UPDATE SET user_id = EXCLUDED.user_id, signed_in_at = EXCLUDED.signed_in_at`,
      [hash(email, sourceOf(caller).key), userId, clock.now()],
    );
    await database.query(
      `DELETE FROM known_login WHERE key IN
         (SELECT key FROM known_login WHERE user_id = $1 ORDER BY signed_in_at DESC, key OFFSET $2)`,
      [userId, MAX_KNOWN_PER_USER],
    );
  };

  return {
    remember,
    attempt: async (email, caller) => {
      const source = sourceOf(caller);
      const pairHash = hash(email, source.key);
      const known = await isKnown(pairHash);
      const keys = { address: `address:${source.key}`, pair: `pair:${pairHash}`, email: `email:${hash(email)}` };
      const counted: string[] = [];
      const countOnce = async (key: string, max: number) => {
        const failures = await count(key, max);
        counted.push(key);
        return failures;
      };
      return {
        turn: { key: known ? pairHash : addressKey(caller.address ?? ''), known },
        begin: async () => {
          await prune();
          try {
            const ofAddress = known || source.isShared ? 0 : await countOnce(keys.address, MAX_FAILURES_ADDRESS);
            await countOnce(keys.pair, maxOfPair(source.isShared, ofAddress));
            if (!known) await countOnce(keys.email, MAX_FAILURES_EMAIL);
          } catch (error) {
            // No password was checked, so nothing counts.
            await uncount(counted);
            throw error;
          }
        },
        succeeded: async (userId) => {
          await uncount(counted);
          await database.query('DELETE FROM login_attempt WHERE key = $1', [keys.pair]);
          await remember(userId, email, caller);
        },
      };
    },
  };
}

/** Returns the key of a caller's origin. `isShared`: clients behind a proxy that can't be distinguished. */
function sourceOf({ address, untrustedProxy }: Caller): { readonly key: string; readonly isShared: boolean } {
  const key = addressKey(address ?? '');
  if (untrustedProxy === undefined) return { key, isShared: false };
  const { claimed } = untrustedProxy;
  return claimed === null ? { key, isShared: true } : { key: `${key} for ${addressKey(claimed)}`, isShared: false };
}

function maxOfPair(isShared: boolean, failuresOfAddress: number): number {
  if (isShared) return MAX_FAILURES_EMAIL;
  return failuresOfAddress > BUSY_ADDRESS_FAILURES
    ? MAX_FAILURES_EMAIL_AND_BUSY_ADDRESS
    : MAX_FAILURES_EMAIL_AND_ADDRESS;
}

function tooMany(waitMs: number): UserError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  const wait = seconds < 60 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
  return new UserError('RATE_LIMITED', `Too many failed attempts to sign in. Try again in ${wait}.`, {
    retryAfterSeconds: seconds,
  });
}
