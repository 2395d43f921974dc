import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPglite } from '../../src/database/driver/pglite.js';
import { openPostgres } from '../../src/database/driver/postgres.js';
import { migrate } from '../../src/database/migrate.js';
import type { Driver } from '../../src/database/sql.js';
import { createTestDatabase, databaseKind, type TestDatabase } from '../helpers/with-database.js';

/** Migrations after the real ones, in a copy of the folder. */
const SECOND = '20990101000000_second';
const THIRD = '20990101000001_third';

describe('migrations', () => {
  let test: TestDatabase;
  let driver: Driver;
  let folder: string;

  const open = () => (test.config.kind === 'postgres' ? openPostgres(test.config) : openPglite({ dataDir: null }, {}));
  const write = (name: string, script: string) => {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'migration.sql'), script);
  };
  const tables = async () =>
    (await driver.query<{ name: string }>(`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`)).map(
      ({ name }) => name,
    );

  beforeAll(async () => {
    test = await createTestDatabase();
    driver = await open();
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ordermirror-migrations-'));
    cpSync('prisma/migrations', folder, { recursive: true });
    await driver.query('DROP SCHEMA public CASCADE');
    await driver.query('CREATE SCHEMA public');
    await migrate(driver, folder);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  afterAll(async () => {
    await driver.close();
    await test.drop();
  });

  it('are applied once, and recorded as Prisma does', async () => {
    await migrate(driver, folder);
    const rows = await driver.query<{ name: string; checksum: string; steps: number; done: boolean }>(
      `SELECT migration_name AS name, checksum, applied_steps_count AS steps, finished_at IS NOT NULL AS done
         FROM _prisma_migrations ORDER BY 1`,
    );
    const names = readdirSync('prisma/migrations', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(rows).toEqual(
      names
        .map(({ name }) => ({ name, checksum: expect.stringMatching(/^[0-9a-f]{64}$/), steps: 1, done: true }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
  });

  it('that are new are applied after the others', async () => {
    write(SECOND, 'CREATE TABLE second (id int); CREATE TABLE third (id int);');
    const told: string[] = [];
    await migrate(driver, folder, (message) => told.push(message));
    expect(await tables()).toEqual(expect.arrayContaining(['users', 'second', 'third']));
    expect(told).toEqual([`The tables are being upgraded: ${SECOND}, 1 to go.`]);
  });

  it('that fail are rolled back, those before them are not', async () => {
    write(SECOND, 'CREATE TABLE second (id int);');
    write(THIRD, 'CREATE TABLE third (id int); SELECT * FROM nowhere;');
    await expect(migrate(driver, folder)).rejects.toThrow(/20990101000001_third failed and was rolled back.*nowhere/);
    expect(await tables()).toContain('second');
    expect(await tables()).not.toContain('third');
    write(THIRD, 'CREATE TABLE third (id int);');
    await migrate(driver, folder);
    expect(await tables()).toContain('third');
  });

  it('that were changed, with the same tables in the end, may be applied in their earlier version', async () => {
    write(SECOND, 'CREATE TABLE second (id int);');
    await migrate(driver, folder);
    const [applied] = await driver.query<{ checksum: string }>(
      `SELECT checksum FROM _prisma_migrations WHERE migration_name = '${SECOND}'`,
    );
    write(SECOND, 'CREATE TABLE IF NOT EXISTS second (id int);');
    writeFileSync(join(folder, SECOND, 'earlier.sha256'), `${applied?.checksum}\n`);
    await migrate(driver, folder);
    expect(await tables()).toContain('second');
  });

  it('that are changed, unknown or half applied stop the start', async () => {
    write(SECOND, 'CREATE TABLE second (id int);');
    await migrate(driver, folder);
    write(SECOND, 'CREATE TABLE second (id bigint);');
    await expect(migrate(driver, folder)).rejects.toThrow(/20990101000000_second was changed after it was applied/);
    rmSync(join(folder, SECOND), { recursive: true });
    await expect(migrate(driver, folder)).rejects.toThrow(/doesn't know: 20990101000000_second.*newer Ordermirror/);
    write(SECOND, 'CREATE TABLE second (id int);');
    await driver.query(`UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = '${SECOND}'`);
    await expect(migrate(driver, folder)).rejects.toThrow(
      /20990101000000_second was started on this database and not finished/,
    );
  });

  it('that are missing before an applied one stop the start', async () => {
    write('20200101000000_earlier', 'CREATE TABLE earlier (id int);');
    await expect(migrate(driver, folder)).rejects.toThrow(/20200101000000_earlier is missing on this database/);
  });

  it.runIf(databaseKind === 'postgres')('are applied once by processes that start at the same time', async () => {
    await driver.query('DROP SCHEMA public CASCADE');
    await driver.query('CREATE SCHEMA public');
    const drivers = await Promise.all([1, 2, 3, 4].map(open));
    try {
      await Promise.all(drivers.map((each) => migrate(each, folder)));
      expect(await driver.query('SELECT migration_name FROM _prisma_migrations')).toHaveLength(
        readdirSync('prisma/migrations', { withFileTypes: true }).filter((entry) => entry.isDirectory()).length,
      );
    } finally {
      for (const each of drivers) await each.close();
    }
  });
});
