import type { DatabaseConfig, PostgresConfig } from '../config/config.js';
import { StartError } from '../core/errors.js';
import { PrismaClient } from '../generated/prisma/client.js';
import { openPglite } from './driver/pglite.js';
import { openPostgres } from './driver/postgres.js';
import { currentRole } from './driver/postgres-sessions.js';
import { ownerConfigOf, placeOf } from './driver/postgres-settings.js';
import { type IndexOptions, type IndexWork, listMissingIndexes, makeIndexes } from './indexes.js';
import { listMigrations, migrate } from './migrate.js';
import { type Reader, ReplicaReader, type ReplicaStatus } from './reader.js';
import { ensureReportViews } from './report-views.js';
import { grantRights } from './rights.js';
import type { Driver, Notifications, Snapshots, Sql, StatementListener } from './sql.js';
import { startErrorOf } from './start-errors.js';

export type { DatabaseConfig } from '../config/config.js';
export type { Reader, ReplicaStatus } from './reader.js';
export { type Bind, bindings, type SnapshotQuery, type Sql, type StatementListener } from './sql.js';

/** PGlite in a folder, or PostgreSQL at an address. Both take the same SQL. */
export interface Database extends Sql, Snapshots {
  readonly kind: 'pglite' | 'postgres';
  /** What the database lacks that Ordermirror can do without: each what and why, and what to do. */
  readonly missing: readonly string[];
  /** For everything that is not the hot path. Not for use inside `transaction`: PGlite has one session. */
  readonly prisma: PrismaClient;
  /** For lists, sales and files: on a replica, if there is one, that has all that was committed before; else the same. */
  readonly reader: Reader;
  /** Null without a replica. */
  readonly replica: ReplicaStatus | null;
  /** `pg_notify` of other sessions, in this process or another. */
  readonly notifications: Notifications;
  /**
   * Runs `work` in a transaction, and rolls back if it throws.
   * @param first statements without values to begin with; PostgreSQL gets them in one message with BEGIN
   */
  transaction<T>(work: (sql: Sql) => Promise<T>, first?: string): Promise<T>;
  /** As the tables' owner: see indexes.ts. */
  makeIndexes(options: IndexOptions): Promise<IndexWork>;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly onStatement?: StatementListener;
  /** Called when a connection was lost. */
  readonly onTrouble?: (message: string, error: unknown) => void;
  /** Called with what the opening waits for, while it upgrades the tables of an older version. */
  readonly onUpgrade?: (message: string) => void;
  /** False: PostgreSQL, on which an older server may run, is refused if there are pending migrations. */
  readonly mayMigrate?: boolean;
  /** For PGlite: a dump to start from in place of an empty database (PGlite's own `dumpDataDir`). */
  readonly loadDataDir?: Blob;
}

/**
 * Opens the database and applies pending migrations.
 * @throws {StartError} if it can't be reached, another process holds it, or it has migrations unknown to this version
 */
export async function openDatabase(config: DatabaseConfig, options: OpenOptions = {}): Promise<Database> {
  const { driver, missing } = await openPrimary(config, options);
  try {
    const readUrl = config.kind === 'postgres' ? config.readUrl : undefined;
    const replica = readUrl === undefined ? null : await ReplicaReader.open(driver, readUrl, options);
    return databaseOf({ driver, missing, replica, config, options });
  } catch (error) {
    await driver.close();
    throw error;
  }
}

async function openPrimary(
  config: DatabaseConfig,
  options: OpenOptions,
): Promise<{ driver: Driver; missing: readonly string[] }> {
  if (config.kind === 'postgres' && config.directUrl !== undefined) return await openForOtherRole(config, options);
  const driver = config.kind === 'pglite' ? await openPglite(config, options) : await openPostgres(config, options);
  try {
    if (config.kind === 'postgres' && options.mayMigrate === false) await assertMigrated(driver, config);
    return { driver, missing: await prepareTables(driver, options) };
  } catch (error) {
    await driver.close();
    throw startErrorOf(error, config);
  }
}

/** Prepares the tables as their owner, the role of DATABASE_DIRECT_URL, and then opens the database as that of DATABASE_URL. */
async function openForOtherRole(
  config: PostgresConfig,
  options: OpenOptions,
): Promise<{ driver: Driver; missing: readonly string[] }> {
  const ownerConfig = ownerConfigOf(config);
  const owner = await openPostgres(ownerConfig, options);
  let missing: string[];
  try {
    if (options.mayMigrate === false) await assertMigrated(owner, config);
    missing = await prepareTables(owner, options);
    await grantRights(owner, placeOf(config), await currentRole(config));
  } catch (error) {
    throw startErrorOf(error, { kind: 'postgres', ...ownerConfig });
  } finally {
    await owner.close();
  }
  return { driver: await openPostgres({ ...config, schema: owner.schema }, options), missing };
}

/** @throws {StartError} if the tables are missing or of an older version */
async function assertMigrated(owner: Driver, config: PostgresConfig): Promise<void> {
  const { applied, pending } = await listMigrations(owner);
  if (pending.length === 0) return;
  const { server } = placeOf(config);
  throw new StartError(
    applied.length === 0
      ? `There is no mirror in ${server}: the first start of the server creates it. Check DATABASE_URL and DATABASE_SCHEMA.`
      : `The mirror in ${server} is of an older version. Start the server of this version first, which migrates it, or use the command of the server's version.`,
  );
}

/** Applies migrations, and what they leave out where a right is missing. Returns what is missing still. */
async function prepareTables(owner: Driver, { onUpgrade }: OpenOptions): Promise<string[]> {
  await migrate(owner, undefined, onUpgrade);
  // PGlite has one session: nothing could use it meanwhile. Without orders it takes no time.
  if (owner.kind === 'pglite' || !(await hasOrders(owner))) await makeIndexes(owner);
  const missing = await ensureReportViews(owner);
  return missing === null ? [] : [missing];
}

async function hasOrders(sql: Sql): Promise<boolean> {
  const [row] = await sql.query<{ found: boolean }>('SELECT EXISTS (SELECT FROM amazon_order) AS found');
  return row?.found === true;
}

/** Calls `work` with the role that owns the tables: that of DATABASE_DIRECT_URL if it is set. */
async function asOwner<T>(
  driver: Driver,
  config: DatabaseConfig,
  options: OpenOptions,
  work: (owner: Driver) => Promise<T>,
): Promise<T> {
  if (config.kind !== 'postgres' || config.directUrl === undefined) return work(driver);
  const owner = await openPostgres(ownerConfigOf(config), options);
  try {
    return await work(owner);
  } finally {
    await owner.close();
  }
}

interface Parts {
  readonly driver: Driver;
  readonly missing: readonly string[];
  readonly replica: ReplicaReader | null;
  readonly config: DatabaseConfig;
  readonly options: OpenOptions;
}

function databaseOf({ driver, missing, replica, config, options }: Parts): Database {
  const { onStatement } = options;
  const prisma = new PrismaClient({ adapter: driver.prismaAdapter, log: [{ emit: 'event', level: 'query' }] });
  if (onStatement) prisma.$on('query', (event) => onStatement(event.query));
  return {
    kind: driver.kind,
    missing,
    prisma,
    reader: replica ?? driver,
    replica,
    notifications: driver.notifications,
    query: (text, values, queryOptions) => driver.query(text, values, queryOptions),
    transaction: (work, first) => driver.transaction(work, first),
    readSnapshot: (query, read) => driver.readSnapshot(query, read),
    makeIndexes: async (indexOptions) =>
      (await listMissingIndexes(driver)).length === 0
        ? 'none missing'
        : asOwner(driver, config, options, (owner) => makeIndexes(owner, indexOptions)),
    close: async () => {
      await replica?.close();
      await prisma.$disconnect();
      await driver.close();
    },
  };
}
