import type { DatabaseConfig } from '../config/config.js';
import { PrismaClient } from '../generated/prisma/client.js';
import type { Changes } from './driver/notifications.js';
import { openPglite } from './driver/pglite.js';
import { openPostgres } from './driver/postgres.js';
import { migrate } from './migrate.js';
import type { Driver, Sql, StatementListener } from './sql.js';
import { startErrorOf } from './start-errors.js';

export type { DatabaseConfig } from '../config/config.js';
export { type Bind, bindings, type Sql, type StatementListener } from './sql.js';

/** The store: PGlite in a folder, or PostgreSQL by its address. Both speak the same SQL. */
export interface Database extends Sql {
  readonly kind: 'pglite' | 'postgres';
  /** For everything that is not the hot path. Do not use it inside `transaction`: PGlite has one session. */
  readonly prisma: PrismaClient;
  /** What other writers, in this process or another, say in `pg_notify`. */
  readonly changes: Changes;
  /**
   * Commits what `work` did, all or nothing; a throw rolls back.
   * @param first statements without values that it begins with; on PostgreSQL they go out together with BEGIN
   */
  transaction<T>(work: (sql: Sql) => Promise<T>, first?: string): Promise<T>;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly onStatement?: StatementListener;
  /** Told when the session that listens was cut, and when it is back. */
  readonly onTrouble?: (message: string, error: unknown) => void;
  /** For PGlite: a dump to start from in place of an empty database (PGlite's own `dumpDataDir`). */
  readonly loadDataDir?: Blob;
}

/**
 * Opens the database and brings it up to date.
 * @throws {StartError} when it can't be reached, is held by another process, or is one that this version doesn't know.
 */
export async function openDatabase(config: DatabaseConfig, options: OpenOptions = {}): Promise<Database> {
  const driver = config.kind === 'pglite' ? await openPglite(config, options) : await openPostgres(config, options);
  try {
    await migrate(driver);
    return assemble(driver, options.onStatement);
  } catch (error) {
    await driver.close();
    throw startErrorOf(error, config);
  }
}

function assemble(driver: Driver, onStatement: StatementListener | undefined): Database {
  const prisma = new PrismaClient({ adapter: driver.prismaAdapter, log: [{ emit: 'event', level: 'query' }] });
  if (onStatement) prisma.$on('query', (event) => onStatement(event.query));
  return {
    kind: driver.kind,
    prisma,
    changes: driver.changes,
    query: (text, values, queryOptions) => driver.query(text, values, queryOptions),
    transaction: (work, first) => driver.transaction(work, first),
    close: async () => {
      await prisma.$disconnect();
      await driver.close();
    },
  };
}
