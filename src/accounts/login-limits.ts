import { createHmac } from 'node:crypto';
import type { Clock } from '../core/clock.js';
import { UserError } from '../core/errors.js';
import type { Sql } from '../database/sql.js';
import { addressKey } from './address.js';
import type { Caller } from './caller.js';
import type { Turn } from './password-queue.js';

const WINDOW_MS = 15 * 60_000;
const PRUNE_EVERY_MS = 60_000;
const MAX_FAILURES_EMAIL_AND_ADDRESS = 10;
const MAX_FAILURES_EMAIL = 100;
const MAX_FAILURES_ADDRESS = 1_000;
/** An address with more failures than this is left fewer per e-mail. */
const MANY_FAILURES_ADDRESS = 50;
const MAX_FAILURES_EMAIL_AND_BUSY_ADDRESS = 3;
const KNOWN_FOR_MS = 30 * 24 * 3_600_000;
const MAX_KNOWN_PER_USER = 20;

/**
 * How often a password may be guessed in 15 minutes, counted in the database, over all processes:
 *
 * - 10 times for an e-mail from one address, so that guesses from elsewhere do not lock anybody out;
 * - 100 times for an e-mail from all addresses together, against guessing from many of them. This one is waived for an
 *   address from which the e-mail signed in within the last 30 days (the 20 latest per user, stored as keyed hashes);
 * - after 50 failures of an address, 3 times per e-mail from there, against trying one password on many e-mails; after
 *   1,000 the address is refused. Both are waived alike.
 *
 * Behind a proxy that TRUST_PROXY does not name, the address that its headers claim tells clients apart. Anybody can
 * send such a header, so whoever does has the limit per e-mail, as a guesser with many addresses has. If the headers
 * claim none, all clients behind the proxy look alike: then only the limits of 100 apply.
 *
 * A row is written per password that is really checked, so that the password queue bounds the table: at most some 30
 * rows a second and process, each removed after 15 minutes.
 */
export interface LoginLimits {
  /** An attempt that has not been made yet. `email` in its normal form. */
  attempt(email: string, caller: Caller): Promise<LoginAttempt>;
  /** Remembers that the user signed in from this caller's address. */
  remember(userId: bigint, email: string, caller: Caller): Promise<void>;
}

export interface LoginAttempt {
  /** For the password queue. */
  readonly turn: Turn;
  /**
   * Counts the attempt as failed before it is made, so that many at once can't slip through. Call `succeeded` if it wasn't.
   * @throws {UserError} RATE_LIMITED with `retryAfterSeconds`
   */
  begin(): Promise<void>;
  /** Forgets the failures of the e-mail from this address, takes the attempt back elsewhere, remembers the address. */
  succeeded(userId: bigint): Promise<void>;
}

export interface LoginLimitsOptions {
  readonly database: Sql;
  readonly clock: Clock;
  /** Keys the hashes of e-mails and addresses. The same for all processes. */
  readonly secret: string;
}

export function createLoginLimits({ database, clock, secret }: LoginLimitsOptions): LoginLimits {
  const hash = (...parts: string[]) => createHmac('sha256', secret).update(parts.join('\0')).digest('base64url');
  let prunedAt = Number.NEGATIVE_INFINITY;

  /**
   * The key's failures with this one, which isn't counted when there are `max` already. One statement: whoever comes
   * second waits for the row, and counts on from what the first one left.
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
  const takeBack = (keys: readonly string[]) =>
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
          } catch (refusal) {
            // No guess was made, so none is counted.
            await takeBack(counted);
            throw refusal;
          }
        },
        succeeded: async (userId) => {
          await takeBack(counted);
          await database.query('DELETE FROM login_attempt WHERE key = $1', [keys.pair]);
          await remember(userId, email, caller);
        },
      };
    },
  };
}

/** Where a caller comes from, as limits tell it. `isShared`: many clients that nothing tells apart. */
function sourceOf({ address, untrustedProxy }: Caller): { readonly key: string; readonly isShared: boolean } {
  const key = addressKey(address ?? '');
  if (untrustedProxy === undefined) return { key, isShared: false };
  const { claimed } = untrustedProxy;
  return claimed === null ? { key, isShared: true } : { key: `${key} for ${addressKey(claimed)}`, isShared: false };
}

function maxOfPair(isShared: boolean, failuresOfAddress: number): number {
  if (isShared) return MAX_FAILURES_EMAIL;
  return failuresOfAddress > MANY_FAILURES_ADDRESS
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
