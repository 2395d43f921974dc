import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../src/database/database.js';
import { startCluster } from './postgres-cluster.js';
import { createDatabase, onPostgres, postgresUrlOf, testPostgresUrl } from './postgres-for-tests.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A dump of a migrated PGlite, or the name of a migrated PostgreSQL database: tests start from a copy. */
    databaseTemplate: string;
  }
}

/** Migrates one database of each kind, once; each test's database is a copy of it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { TEST_DATABASE, TEST_POSTGRES_BINARIES, TEST_DATABASE_URL = testPostgresUrl } = project.config.env;
  if (TEST_DATABASE === 'pglite') return pgliteTemplate(project);
  if (!TEST_POSTGRES_BINARIES) return postgresTemplate(project, TEST_DATABASE_URL, createDatabase);
  const cluster = await startCluster(TEST_POSTGRES_BINARIES, Number(new URL(TEST_DATABASE_URL).port));
  await postgresTemplate(project, TEST_DATABASE_URL, (name) => cluster.createDatabase(name));
  return () => cluster.destroy();
}

async function pgliteTemplate(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'ordermirror-template-'));
  const database = await openDatabase({ kind: 'pglite', dataDir: folder });
  await database.close();
  const pglite = await PGlite.create(join(folder, 'pgdata'));
  // Each copy clears this memory at its start: with a tenth of it, it starts in half the time.
  await pglite.exec(`ALTER SYSTEM SET shared_buffers = '16MB'`);
  const dump = join(folder, 'template.tar');
  await writeFile(dump, Buffer.from(await (await pglite.dumpDataDir('none')).arrayBuffer()));
  await pglite.close();
  project.provide('databaseTemplate', dump);
  return async () => rmSync(folder, { recursive: true, force: true });
}

/** Copies are in the same tablespace. */
async function postgresTemplate(
  project: TestProject,
  server: string,
  create: (name: string) => Promise<unknown>,
): Promise<() => Promise<void>> {
  const name = `ordermirror_template_${process.pid}`;
  await create(name);
  const database = await openDatabase({ kind: 'postgres', url: postgresUrlOf(name, server) });
  await database.close();
  project.provide('databaseTemplate', name);
  return () => onPostgres(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`, undefined, server);
}
