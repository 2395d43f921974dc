import { createHash, randomInt } from 'node:crypto';
import type { Clock } from '../core/clock.js';
import { UserError } from '../core/errors.js';
import type { Database, Sql } from '../database/database.js';
import type { ApiKey, UserRole } from '../generated/prisma/client.js';
import type { AuditLog } from './audit-log.js';
import { notifyEnded } from './end-feed.js';
import type { ApiKeyAccess, Session } from './principal.js';
import { requireOwner, requireOwnerStill } from './users.js';

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62^43 is a little more than 2^256. */
const RANDOM_LETTERS = 43;
const PREFIX_LENGTH = 'om_'.length + 6;
const MAX_NAME_LENGTH = 100;
const MAX_VALID_KEYS = 200;
const USE_NOTED_EVERY_MS = 60_000;

export interface ApiKeyInput {
  readonly name: string;
  readonly role: UserRole;
  readonly expiresAt?: Date | null | undefined;
}

export interface CreatedApiKey {
  readonly apiKey: ApiKey;
  /** The key itself; stored nowhere. */
  readonly secret: string;
}

export interface ApiKeys {
  /**
   * Creates a key and returns it once.
   * @throws {UserError} FORBIDDEN unless the session is an OWNER's; BAD_USER_INPUT
   */
  createApiKey(session: Session, input: ApiKeyInput): Promise<CreatedApiKey>;
  /**
   * Revokes a key, effective at once in all processes, for open sockets too. A key that was revoked before stays as it is.
   * @throws {UserError} FORBIDDEN unless the session is an OWNER's; NOT_FOUND
   */
  revokeApiKey(session: Session, id: bigint): Promise<ApiKey>;
}

interface Options {
  readonly database: Database;
  readonly clock: Clock;
  readonly audit: AuditLog;
}

export function createApiKeys({ database, clock, audit }: Options): ApiKeys {
  const read = (id: bigint) => database.prisma.apiKey.findUniqueOrThrow({ where: { id } });
  return {
    createApiKey: async ({ user }, { name, role, expiresAt = null }) => {
      requireOwner(user);
      const checked = checkedName(name);
      if (expiresAt !== null && expiresAt <= clock.now()) {
        throw new UserError(
          'BAD_USER_INPUT',
          '`expiresAt` must be in the future. Omit it for a key that does not expire.',
        );
      }
      const secret = `om_${Array.from({ length: RANDOM_LETTERS }, () => LETTERS[randomInt(LETTERS.length)]).join('')}`;
      const prefix = secret.slice(0, PREFIX_LENGTH);
      const id = await database.transaction(async (sql) => {
        await requireOwnerStill(sql, user);
        await limitValidKeys(sql, clock.now());
        const [row] = await sql.query<{ id: bigint }>(
          `INSERT INTO api_key (name, role, prefix, secret_hash, created_at, created_by, expires_at)
           VALUES ($1, $2::user_role, $3, $4, $5, $6, $7) RETURNING id`,
          [checked, role, prefix, hashOf(secret), clock.now(), user.id, expiresAt],
        );
        if (!row) throw new Error('INSERT INTO api_key returned no row.');
        const detail = { name: checked, role, prefix, expiresAt: expiresAt?.toISOString() ?? null };
        await audit.record('createApiKey', { user }, detail, sql);
        return row.id;
      });
      return { apiKey: await read(id), secret };
    },

    revokeApiKey: async ({ user }, id) => {
      requireOwner(user);
      await database.transaction(async (sql) => {
        await requireOwnerStill(sql, user);
        const [key] = await sql.query<Pick<ApiKey, 'name' | 'role' | 'prefix' | 'revokedAt'>>(
          'SELECT name, role, prefix, revoked_at AS "revokedAt" FROM api_key WHERE id = $1 FOR UPDATE',
          [id],
        );
        if (!key) throw new UserError('NOT_FOUND', 'There is no API key with this id.');
        if (key.revokedAt !== null) return;
        await sql.query('UPDATE api_key SET revoked_at = $2 WHERE id = $1', [id, clock.now()]);
        const { name, role, prefix } = key;
        await audit.record('revokeApiKey', { user }, { name, role, prefix }, sql);
        await notifyEnded(sql, { apiKeyId: id });
      });
      return read(id);
    },
  };
}

/** Whether a bearer token is meant as an API key. */
export function looksLikeApiKey(token: string): boolean {
  return token.startsWith('om_');
}

/**
 * SHA-256 suffices, unlike for passwords: a key has 256 random bits, so that no list of guesses contains it. It is fast,
 * and the index on it finds the key.
 */
export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

const COLUMNS = `id, name, role, prefix, created_at AS "createdAt", created_by AS "createdById",
                 last_used_at AS "lastUsedAt", expires_at AS "expiresAt", revoked_at AS "revokedAt"`;

/** Reads a key by its hash (hex), at each request, so that a revocation takes effect at once. */
export function readApiKeyByHash(sql: Sql, hash: string): Promise<ApiKeyAccess['apiKey'] | null> {
  return readApiKey(sql, 'secret_hash', Buffer.from(hash, 'hex'));
}

export function readApiKeyById(sql: Sql, id: bigint): Promise<ApiKeyAccess['apiKey'] | null> {
  return readApiKey(sql, 'id', id);
}

async function readApiKey(sql: Sql, column: 'id' | 'secret_hash', value: bigint | Buffer) {
  const text = `SELECT ${COLUMNS} FROM api_key WHERE ${column} = $1`;
  const [row] = await sql.query<ApiKeyAccess['apiKey']>(text, [value], { prepare: true });
  return row ?? null;
}

/** Returns why a key is not valid any more; null if it is valid. Only for requests that sent the whole key. */
export function keyProblem({ prefix, revokedAt, expiresAt }: ApiKeyAccess['apiKey'], now: Date): UserError | null {
  const problem = revokedAt !== null ? 'was revoked' : expiresAt !== null && expiresAt <= now ? 'has expired' : null;
  if (problem === null) return null;
  return new UserError('UNAUTHENTICATED', `The API key ${prefix}… ${problem}. Ask an owner for a new one.`);
}

/** Returns a function that records the use of a key, at most once a minute, so that reads don't become writes. */
export function createUseRecorder(sql: Sql, clock: Clock): (key: ApiKeyAccess['apiKey']) => Promise<void> {
  const recordedAt = new Map<bigint, number>();
  return async ({ id, lastUsedAt }) => {
    const now = clock.now();
    const last = Math.max(
      lastUsedAt?.getTime() ?? Number.NEGATIVE_INFINITY,
      recordedAt.get(id) ?? Number.NEGATIVE_INFINITY,
    );
    if (now.getTime() - last < USE_NOTED_EVERY_MS) return;
    recordedAt.set(id, now.getTime());
    await sql
      .query('UPDATE api_key SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)', [
        id,
        now,
        new Date(now.getTime() - USE_NOTED_EVERY_MS),
      ])
      // A database that can't be written, such as with a full disk, can still be read.
      .catch(() => recordedAt.delete(id));
  };
}

function checkedName(name: string): string {
  const text = name.trim();
  if (text !== '' && text.length <= MAX_NAME_LENGTH && !/\p{Cc}/u.test(text)) return text;
  throw new UserError(
    'BAD_USER_INPUT',
    `The name of a key must have 1 to ${MAX_NAME_LENGTH} characters and no line breaks, such as "Warehouse export".`,
  );
}

async function limitValidKeys(sql: Sql, now: Date): Promise<void> {
  const [row] = await sql.query<{ valid: number }>(
    'SELECT count(*)::int AS valid FROM api_key WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1)',
    [now],
  );
  if ((row?.valid ?? 0) < MAX_VALID_KEYS) return;
  throw new UserError(
    'BAD_USER_INPUT',
    `There are ${MAX_VALID_KEYS} valid API keys already. Revoke one that is not used.`,
  );
}
