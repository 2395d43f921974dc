import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../core/errors.js';
import { fromRoot } from '../core/package-root.js';
import type { Driver, DriverSession } from './sql.js';

const MIGRATIONS = fromRoot('prisma/migrations');
/** A number that no other program on the database uses: "ordermir" in ASCII. */
export const MIGRATION_LOCK = '8030591428571329906';

/** Prisma's table, so that `prisma migrate deploy` and `status` work too. */
const PRISMA_TABLE = `
  CREATE TABLE _prisma_migrations (
    id                  varchar(36) PRIMARY KEY,
    checksum            varchar(64) NOT NULL,
    finished_at         timestamptz,
    migration_name      varchar(255) NOT NULL,
    logs                text,
    rolled_back_at      timestamptz,
    started_at          timestamptz NOT NULL DEFAULT now(),
    applied_steps_count integer NOT NULL DEFAULT 0
  )`;

interface Migration {
  readonly name: string;
  readonly script: string;
  /** SHA-256 of the file, in hex, as in Prisma. */
  readonly checksum: string;
  /** Checksums of versions of the file after which the later migrations make the same tables. */
  readonly earlier: readonly string[];
}

interface AppliedMigration {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished: boolean;
}

/**
 * Applies pending migrations, each in a transaction that also records it in `_prisma_migrations`. Processes that start at the
 * same time apply one after the other.
 * @param onUpgrade called before each wait and each migration of tables that are there already
 * @throws {StartError} before any change, if the database has a migration that is changed, half applied or unknown; for one
 *   that fails, which the next call applies again
 */
export async function migrate(
  driver: Pick<Driver, 'transaction'>,
  folder: string = MIGRATIONS,
  onUpgrade: (message: string) => void = () => {},
): Promise<void> {
  const migrations = readMigrations(folder);
  let isNew = false;
  let next: Migration | undefined;
  do {
    next = await driver.transaction(async (session) => {
      await lockMigrations(session, onUpgrade);
      if (!(await tableExists(session))) await session.exec(PRISMA_TABLE);
      const done = checkApplied(await readApplied(session), migrations);
      const pending = migrations[done];
      if (!pending) return undefined;
      isNew ||= done === 0;
      if (!isNew) onUpgrade(`The tables are being upgraded: ${pending.name}, ${migrations.length - done} to go.`);
      await apply(session, pending);
      return pending;
    });
  } while (next);
}

/** Lets one process migrate at a time, whatever the role's time limits. On PGlite, whose folder is locked, it does nothing. */
async function lockMigrations(session: DriverSession, onUpgrade: (message: string) => void): Promise<void> {
  await session.query('SET LOCAL lock_timeout = 0');
  const [lock] = await session.query<{ taken: boolean }>(
    `SELECT pg_try_advisory_xact_lock(${MIGRATION_LOCK}) AS taken`,
  );
  if (lock?.taken) return;
  onUpgrade('Another process creates or upgrades the tables; this one waits for it.');
  await session.exec(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
}

/**
 * Returns the names of the applied migrations, and of those that the next start applies.
 * @throws {StartError} as `migrate` does
 */
export async function listMigrations(
  driver: Pick<Driver, 'transaction'>,
  folder: string = MIGRATIONS,
): Promise<{ readonly applied: readonly string[]; readonly pending: readonly string[] }> {
  const names = readMigrations(folder);
  return driver.transaction(async (session) => {
    const done = (await tableExists(session)) ? checkApplied(await readApplied(session), names) : 0;
    return {
      applied: names.slice(0, done).map(({ name }) => name),
      pending: names.slice(done).map(({ name }) => name),
    };
  });
}

function readMigrations(folder: string): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const script = readFileSync(join(folder, name, 'migration.sql'));
      const checksum = createHash('sha256').update(script).digest('hex');
      return { name, script: script.toString('utf8'), checksum, earlier: readEarlier(join(folder, name)) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readEarlier(folder: string): string[] {
  const path = join(folder, 'earlier.sha256');
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
}

/** CREATE TABLE IF NOT EXISTS needs the right to create, even if the table exists. */
async function tableExists(session: DriverSession): Promise<boolean> {
  const [row] = await session.query<{ exists: boolean }>(
    `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS exists`,
  );
  return row?.exists === true;
}

function readApplied(session: DriverSession): Promise<AppliedMigration[]> {
  return session.query<AppliedMigration>(
    `SELECT migration_name, checksum, finished_at IS NOT NULL AS finished
       FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY migration_name`,
  );
}

/** Returns the number of applied migrations. @throws {StartError} unless they are the first of the known ones, unchanged */
function checkApplied(applied: readonly AppliedMigration[], migrations: readonly Migration[]): number {
  const isKnown = ({ migration_name: name }: AppliedMigration) => migrations.some((known) => known.name === name);
  if (applied.length > 0 && !applied.some(isKnown))
    throw new StartError(
      `The database belongs to another application that uses Prisma: _prisma_migrations holds ${applied[0]?.migration_name}, and no migration of Ordermirror. Give Ordermirror a database of its own: CREATE DATABASE ordermirror ENCODING 'UTF8' TEMPLATE template0.`,
    );
  for (const [index, { migration_name: name, checksum, finished }] of applied.entries()) {
    const known = migrations.find((migration) => migration.name === name);
    if (!known)
      throw new StartError(
        `The database has a migration that this version doesn't know: ${name}. A newer Ordermirror applied it: start that version, or restore a backup from before.`,
      );
    if (!finished)
      throw new StartError(
        `The migration ${name} was started on this database and not finished. Restore a backup, or repair the tables by hand and mark it with \`prisma migrate resolve\`.`,
      );
    if (![known.checksum, ...known.earlier].includes(checksum))
      throw new StartError(
        `The migration ${name} was changed after it was applied to this database. Restore prisma/migrations/${name}/migration.sql; put changes into a new migration.`,
      );
    if (migrations[index]?.name !== name)
      throw new StartError(
        `The migration ${migrations[index]?.name} is missing on this database, though later ones were applied. Restore a backup.`,
      );
  }
  return applied.length;
}

async function apply(session: DriverSession, migration: Migration): Promise<void> {
  try {
    await session.exec(migration.script);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartError(`The migration ${migration.name} failed and was rolled back: ${why}`, { cause: error });
  }
  await session.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, now(), now(), 1)`,
    [randomUUID(), migration.checksum, migration.name],
  );
}
