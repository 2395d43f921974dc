import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MoveConfig } from '../../config/config.js';
import { placeOf } from '../../connection/sealed-credential.js';
import { createSealer } from '../../connection/sealing.js';
import { SyncError } from '../../core/errors.js';
import type { Sql } from '../../database/sql.js';

/** The keys for the moved data. */
export interface Keys {
  /** Variables that must be added to the environment, or changed there. */
  readonly missing: Readonly<Partial<Record<'JWT_SECRET' | 'ENCRYPTION_KEY', string>>>;
  /** Whether they open the credential; true if there is none. */
  readonly open: boolean;
}

interface Credential {
  readonly connectionId: bigint;
  readonly refreshToken: string;
}

/**
 * Takes the keys of the environment. Adds those of `keys.json` if the environment has none, or none that opens the
 * credential: the next start then seals it with the environment's own.
 */
export async function chooseKeys(sql: Sql, { given, kept }: Pick<MoveConfig, 'given' | 'kept'>): Promise<Keys> {
  const [credential] = await sql.query<Credential>(
    'SELECT connection_id AS "connectionId", refresh_token_sealed AS "refreshToken" FROM amazon_credential',
  );
  const own = given.encryptionKeys ?? [];
  const all = [...own, ...(kept?.encryptionKeys ?? [])];
  const needed = given.encryptionKeys && opens(own, credential) ? own : opens(all, credential) ? all : own;
  const chosen = needed.length > 0 ? needed : all;
  const secret = given.jwtSecret ?? kept?.jwtSecret;
  return {
    open: opens(chosen, credential),
    missing: {
      ...(given.jwtSecret === null && secret !== undefined && { JWT_SECRET: secret }),
      ...(chosen.length > own.length && {
        ENCRYPTION_KEY: chosen.map((key) => key.toString('base64')).join(','),
      }),
    },
  };
}

function opens(keys: readonly Buffer[], credential: Credential | undefined): boolean {
  if (!credential) return true;
  const [first, ...others] = keys;
  if (!first) return false;
  try {
    createSealer([first, ...others]).open(credential.refreshToken, placeOf.refreshToken(credential.connectionId));
    return true;
  } catch (error) {
    if (error instanceof SyncError) return false;
    throw error;
  }
}

/**
 * Writes the lines to add to `.env` to a file that only its owner may read.
 * @returns the path of the file
 */
export function writeEnvironment(dataDir: string, variables: Readonly<Record<string, string>>): string {
  const path = join(dataDir, 'postgresql.env');
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)}\n`);
  rmSync(path, { force: true });
  writeFileSync(path, lines.join(''), { mode: 0o600, flag: 'wx' });
  return path;
}

/** Quotes a value so that Node and Docker Compose read it unchanged. */
function quoted(value: string): string {
  return value.includes("'") ? `"${value}"` : `'${value}'`;
}
