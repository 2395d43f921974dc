import type { DatabaseConfig } from '../config/config.js';
import { PrismaClient } from '../generated/prisma/client.js';
import { openPglite } from './driver/pglite.js';
import { openPostgres } from './driver/postgres.js';
import { migrate } from './migrate.js';
import type { Driver, Notifications, Snapshots, Sql, StatementListener } from './sql.js';
import { startErrorOf } from './start-errors.js';

export type { DatabaseConfig } from '../config/config.js';
export { type Bind, bindings, type SnapshotQuery, type Sql, type StatementListener } from './sql.js';

/** PGlite in a folder, or PostgreSQL at an address. Both take the same SQL. */
export interface Database extends Sql, Snapshots {
  readonly kind: 'pglite' | 'postgres';
  /** For everything that is not the hot path. Not for use inside `transaction`: PGlite has one session. */
  readonly prisma: PrismaClient;
  /** `pg_notify` of other sessions, in this process or another. */
  readonly notifications: Notifications;
  /**
   * Runs `work` in a transaction, and rolls back if it throws.
   * @param first statements without values to begin with; PostgreSQL gets them in one message with BEGIN
   */
  transaction<T>(work: (sql: Sql) => Promise<T>, first?: string): Promise<T>;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly onStatement?: StatementListener;
  /** Called when a connection was lost. */
  readonly onTrouble?: (message: string, error: unknown) => void;
  /** For PGlite: a dump to start from in place of an empty database (PGlite's own `dumpDataDir`). */
  readonly loadDataDir?: Blob;
}

/**
 * Opens the database and applies pending migrations.
 * @throws {StartError} if it can't be reached, another process holds it, or it has migrations unknown to this version
 */
export async function openDatabase(config: DatabaseConfig, options: OpenOptions = {}): Promise<Database> {
  const driver = config.kind === 'pglite' ? await openPglite(config, options) : await openPostgres(config, options);
  try {
    await migrate(driver);
    return databaseOf(driver, options.onStatement);
  } catch (error) {
    await driver.close();
    throw startErrorOf(error, config);
  }
}

function databaseOf(driver: Driver, onStatement: StatementListener | undefined): Database {
  const prisma = new PrismaClient({ adapter: driver.prismaAdapter, log: [{ emit: 'event', level: 'query' }] });
  if (onStatement) prisma.$on('query', (event) => onStatement(event.query));
  return {
    kind: driver.kind,
    prisma,
    notifications: driver.notifications,
    query: (text, values, queryOptions) => driver.query(text, values, queryOptions),
    transaction: (work, first) => driver.transaction(work, first),
    readSnapshot: (query, read) => driver.readSnapshot(query, read),
    close: async () => {
      await prisma.$disconnect();
      await driver.close();
    },
  };
}
