import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MoveConfig } from '../../config/config.js';
import { placeOf } from '../../connection/open-credential.js';
import { createSealer } from '../../connection/sealing.js';
import { SyncError } from '../../core/errors.js';
import type { Sql } from '../../database/sql.js';

/** With which keys the moved data goes on. */
export interface Keys {
  /** Variables that the environment doesn't hold yet, or not so. */
  readonly missing: Readonly<Partial<Record<'JWT_SECRET' | 'ENCRYPTION_KEY', string>>>;
  /** Whether the credential can be opened with them; true where there is none. */
  readonly open: boolean;
}

interface Credential {
  readonly connectionId: bigint;
  readonly refreshToken: string;
}

/**
 * The environment's keys come first; those in `keys.json` are added where the environment has none, and where it has
 * others that don't open the credential (so that it is sealed anew, under the environment's own, at the next start).
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
 * Writes what `.env` has to hold from now on, for its owner's eyes only.
 * @returns its path
 */
export function writeEnvironment(dataDir: string, variables: Readonly<Record<string, string>>): string {
  const path = join(dataDir, 'postgresql.env');
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)}\n`);
  rmSync(path, { force: true });
  writeFileSync(path, lines.join(''), { mode: 0o600, flag: 'wx' });
  return path;
}

/** As Node and Docker Compose read it: in single quotes nothing means anything but itself. */
function quoted(value: string): string {
  return value.includes("'") ? `"${value}"` : `'${value}'`;
}
