import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';
import { postgresForTests } from './test/helpers/postgres-for-tests.js';
import { otherPostgresVersions } from './test/helpers/postgres-versions.js';

/** Tests that depend on the version of PostgreSQL: what it stores, locks and notifies. */
const ON_EACH_VERSION = ['test/database/{database,migrate,schema}.db.test.ts', 'test/sync/save-page.db.test.ts'];
/** What it plans, and longer ones: for the newest version. */
const ON_NEWEST_VERSION = [
  'test/database/report-views.db.test.ts',
  'test/mirror/{mirrored-products,order-search,sales,save-orders}.db.test.ts',
  'test/server/export.db.test.ts',
  'test/sync/sync.db.test.ts',
];

/**
 * Tests named `*.db.test.ts` depend on the database: they run on PGlite, and again on PostgreSQL where one answers.
 * Tests named `*.app.test.ts` start the server, or parts that need a database, and don't depend on its kind: they run
 * on PostgreSQL, or on PGlite where none answers; with `TEST_EVERYTHING=1` on both. All others need no database.
 * `npx vitest run --project pglite test/sync` runs a part. A part of them also runs on each version of PostgreSQL whose
 * programs TEST_POSTGRES_BINARIES names, as projects `postgres-16` and so on.
 */
export default defineConfig(async () => {
  const postgres = await postgresForTests();
  const versions = postgres ? await otherPostgresVersions() : [];
  const newest = Math.max(...versions.map(({ major }) => Number(major)));
  // Node takes graphql's CommonJS build, for us and for Yoga; Vite would take its other one for us, and two don't mix.
  const resolve = { alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }] };
  // Files share the modules of their worker, so helpers must not set hooks when they are imported.
  // The time limits are for tests that hang, not for slow machines.
  const common = {
    isolate: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
  };
  // For the simulator's queue. Without it, AWS's client looks for the role of the machine.
  const aws = {
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
  const everything = process.env.TEST_EVERYTHING === '1';
  const onDatabase = (kind: string) => ({
    resolve,
    test: {
      ...common,
      name: kind,
      include: [
        'test/**/*.db.test.ts',
        ...(kind === 'postgres' || !postgres || everything ? ['test/**/*.app.test.ts'] : []),
      ],
      env: { TEST_DATABASE: kind, ...aws },
      globalSetup: ['test/helpers/database-templates.ts'],
    },
  });
  return {
    test: {
      // Many tests wait for a lease to lapse or a process to start; three files at once use two processors.
      maxWorkers: 3,
      projects: [
        {
          resolve,
          test: {
            ...common,
            name: 'once',
            env: aws,
            include: ['test/**/*.test.ts'],
            exclude: ['test/**/*.{db,app}.test.ts'],
          },
        },
        onDatabase('pglite'),
        ...(postgres ? [onDatabase('postgres')] : []),
        ...versions.map(({ major, binaries, url }) => ({
          resolve,
          test: {
            ...common,
            name: `postgres-${major}`,
            include: [...ON_EACH_VERSION, ...(Number(major) === newest ? ON_NEWEST_VERSION : [])],
            env: { TEST_DATABASE: 'postgres', TEST_DATABASE_URL: url, TEST_POSTGRES_BINARIES: binaries, ...aws },
            globalSetup: ['test/helpers/database-templates.ts'],
          },
        })),
      ],
    },
  };
});
