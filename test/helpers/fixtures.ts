import { test as base } from 'vitest';
import type { Database } from '../../src/database/database.js';
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator.js';
import type { SyncEngine } from '../../src/sync/engine.js';
import { createTestDatabase } from './with-database.js';
import { startTestServer } from './with-server.js';
import { type EngineOptions, withEngine, withSimulator } from './with-sync.js';

export type StartSync = (
  simulatorOptions?: SimulatorOptions,
  engineOptions?: EngineOptions,
) => Promise<{ database: Database; simulator: Simulator; engine: SyncEngine }>;

/**
 * `test` with fixtures. A fixture is created for tests that name it in their parameter, and closed after the test or, if its
 * scope is `file`, after the file's last test.
 */
export const test = base
  /** All statements sent to `database`, by hand or by Prisma. */
  .extend('statements', { scope: 'file' }, (): string[] => [])
  /** PostgreSQL session settings of `database`, in place of the server's. */
  .extend('sessionSettings', { scope: 'file' }, (): Record<string, string> => ({}))
  /** `database` with its address, for further sessions. */
  .extend('store', { scope: 'file' }, async ({ statements, sessionSettings }, { onCleanup }) => {
    const created = await createTestDatabase(sessionSettings);
    const database = await created.open({ onStatement: (text) => statements.push(text) });
    onCleanup(async () => {
      await database.close();
      await created.drop();
    });
    return { database, config: created.config };
  })
  /** An empty, migrated database of the project's kind, shared by the tests of a file. */
  .extend('database', { scope: 'file' }, ({ store }) => store.database)
  /** The API's server on `database`, with an owner, a viewer and an engine that the test controls. */
  .extend('server', { scope: 'file' }, async ({ database, statements }, { onCleanup }) => {
    const server = await startTestServer(database, statements);
    onCleanup(() => server.stop());
    return server;
  })
  /** Starts a simulated Amazon and an engine that reads from it into `database`. */
  .extend(
    'sync',
    ({ database }): StartSync =>
      async (simulatorOptions, engineOptions) => {
        const simulator = await withSimulator(simulatorOptions);
        return { database, simulator, engine: await withEngine(database, simulator, engineOptions) };
      },
  );

export const it = test;
