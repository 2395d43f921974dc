import { randomBytes } from 'node:crypto';
import { cpSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, inject } from 'vitest';
import { type Database, type DatabaseConfig, type OpenOptions, openDatabase } from '../../src/database/database.js';
import { onPostgres, postgresUrlOf } from './postgres-for-tests.js';

/** Which database the present project runs on (see vitest.config.ts). Name the file `*.db.test.ts` to run on both. */
export const databaseKind = process.env.TEST_DATABASE === 'postgres' ? 'postgres' : 'pglite';

export interface TestDatabase {
  readonly config: DatabaseConfig;
  /** Opens it; several times for several "processes" on PostgreSQL, once on PGlite. */
  open(options?: OpenOptions): Promise<Database>;
  drop(): Promise<void>;
}

/**
 * An empty, migrated database of the project's kind. Drop it after closing what was opened.
 * @param settings of PostgreSQL's sessions, in place of ours
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
  const url = new URL(postgresUrlOf(name));
  for (const [setting, value] of Object.entries(settings)) url.searchParams.set(setting, value);
  const config: DatabaseConfig = { kind: 'postgres', url: url.href };
  return {
    config,
    open: (options) => openDatabase(config, options),
    drop: () => onPostgres(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** The folder of an empty, migrated PGlite, as a server has left it: to make one anew takes seconds. */
export function copyPgliteTo(folder: string): void {
  cpSync(join(dirname(inject('databaseTemplate')), 'pgdata'), folder, { recursive: true });
}

let dump: Blob | undefined;
/** Read once a file of tests. */
function dumpAt(path: string): Blob {
  dump ??= new Blob([readFileSync(path)]);
  return dump;
}

/**
 * A database for the tests of this file or `describe`: made before them, closed and dropped after.
 * Read `.database` inside tests only. `.statements` grows with each statement sent; empty it to count.
 */
export function withDatabase(settings?: Record<string, string>): {
  readonly database: Database;
  readonly config: DatabaseConfig;
  statements: string[];
} {
  const statements: string[] = [];
  let test: TestDatabase | undefined;
  let database: Database | undefined;
  beforeAll(async () => {
    test = await createTestDatabase(settings);
    database = await test.open({ onStatement: (text) => statements.push(text) });
  });
  afterAll(async () => {
    await database?.close();
    await test?.drop();
  });
  const made = <T>(value: T | undefined): T => {
    if (!value) throw new Error('The database is there inside tests only.');
    return value;
  };
  return {
    get database() {
      return made(database);
    },
    get config() {
      return made(test).config;
    },
    statements,
  };
}
