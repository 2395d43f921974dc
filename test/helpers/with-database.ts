import { randomBytes } from 'node:crypto';
import { cpSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import { type Database, type DatabaseConfig, type OpenOptions, openDatabase } from '../../src/database/database.js';
import { onPostgres, postgresUrlOf } from './postgres-for-tests.js';

/** The database of the vitest project (see vitest.config.ts). */
export const databaseKind = process.env.TEST_DATABASE === 'postgres' ? 'postgres' : 'pglite';

export interface TestDatabase {
  readonly config: DatabaseConfig;
  /** Opens the database: on PostgreSQL any number of times, on PGlite once. */
  open(options?: OpenOptions): Promise<Database>;
  drop(): Promise<void>;
}

/**
 * Creates an empty, migrated database of the project's kind. Close what you open before you drop it.
 * @param settings session settings of PostgreSQL, in place of the server's
 */
export async function createTestDatabase(settings: Record<string, string> = {}): Promise<TestDatabase> {
  const template = inject('databaseTemplate');
  if (databaseKind === 'pglite') {
    const config: DatabaseConfig = { kind: 'pglite', dataDir: null };
    const open = (options?: OpenOptions) => openDatabase(config, { ...options, loadDataDir: dumpAt(template) });
    return { config, open, drop: async () => {} };
  }
  const name = `ordermirror_test_${randomBytes(6).toString('hex')}`;
  await onPostgres(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  // A crash of this server is none of these tests; most of the time of a small commit is its wait for the disk.
  await onPostgres(`ALTER DATABASE ${name} SET synchronous_commit = off`);
  const url = new URL(postgresUrlOf(name));
  for (const [setting, value] of Object.entries(settings)) url.searchParams.set(setting, value);
  const config: DatabaseConfig = { kind: 'postgres', url: url.href };
  return {
    config,
    open: (options) => openDatabase(config, options),
    drop: () => onPostgres(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** Copies the folder of an empty, migrated PGlite. Creating one takes seconds. */
export function copyPgliteTo(folder: string): void {
  cpSync(join(dirname(inject('databaseTemplate')), 'pgdata'), folder, { recursive: true });
}

let dump: Blob | undefined;
function dumpAt(path: string): Blob {
  dump ??= new Blob([readFileSync(path)]);
  return dump;
}
