import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadConfig } from '../config/config.js';
import { loadEnvFile, readEnvironment } from '../config/environment.js';
import { StartError } from '../core/errors.js';
import { redactText } from '../core/redaction.js';
import { type Database, openDatabase } from '../database/database.js';
import * as screen from './terminal.js';

/** @throws {StartError} also if there is no mirror, or one of an older version on PostgreSQL: the server's start makes it */
async function openExisting(): Promise<Database> {
  const { DATABASE_URL: url, DATA_DIR } = readEnvironment(process.env);
  if (url === undefined && !existsSync(join(DATA_DIR, 'pgdata', 'PG_VERSION')))
    throw new StartError(
      `There is no mirror in ${resolve(DATA_DIR)}. Run this in the folder of the server, or set DATA_DIR or DATABASE_URL as there.`,
    );
  return openDatabase(loadConfig(process.env).database, { mayMigrate: false });
}

/**
 * Opens the database of the settings for a command that works beside the server, or, on the embedded database, in its
 * place. A failure prints one line on standard error, and sets exit code 1.
 */
export async function withDatabase(work: (database: Database) => Promise<void>): Promise<void> {
  try {
    loadEnvFile('.env');
    const database = await openExisting();
    try {
      await work(database);
    } finally {
      await database.close();
    }
  } catch (error) {
    screen.failed(redactText(error instanceof Error ? error.message : String(error)));
    process.exitCode = 1;
  }
}
