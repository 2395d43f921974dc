import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ApiClient } from '../../src/cli/demo/api-client.js';
import { createDatabase, onPostgres, postgresUrlOf } from '../helpers/postgres-for-tests.js';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { copyPgliteTo, databaseKind } from '../helpers/with-database.js';
import { runToItsEnd, startProcess, temporaryFolder } from '../helpers/with-process.js';
import { withSimulator } from '../helpers/with-sync.js';

/** What `scripts/dump-release.mjs` has kept of a version. */
interface Release {
  readonly owner: { readonly email: string; readonly password: string };
  readonly secrets: Record<string, string>;
  readonly orders: number;
  readonly answers: readonly { readonly about: string; readonly query: string; readonly answer: unknown }[];
}

const releases = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const read = (name: string, file: string) => gunzipSync(readFileSync(join(import.meta.dirname, name, file))).toString();

interface Restored {
  readonly env: Record<string, string>;
  /** Runs a statement while no server is on it. */
  query(statement: string): Promise<void>;
}

/** Restores the dump of a version in an empty database of the project's kind. */
async function restore(name: string): Promise<Restored> {
  const dump = read(name, 'database.sql.gz');
  const DATA_DIR = temporaryFolder();
  if (databaseKind === 'pglite') {
    const folder = join(DATA_DIR, 'pgdata');
    copyPgliteTo(folder);
    const query = async (...statements: string[]) => {
      const pglite = await PGlite.create(folder);
      for (const statement of statements) await pglite.exec(statement);
      await pglite.close();
    };
    await query('DROP SCHEMA public CASCADE; DROP SCHEMA IF EXISTS report CASCADE; CREATE SCHEMA public', dump);
    return { env: { DATA_DIR }, query };
  }
  const database = `ordermirror_test_${randomBytes(6).toString('hex')}`;
  await createDatabase(database);
  onTestFinished(() => onPostgres(`DROP DATABASE ${database} WITH (FORCE)`));
  const url = postgresUrlOf(database);
  const query = async (statement: string) => {
    const client = new pg.Client(url);
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  await query(dump);
  return { env: { DATA_DIR, DATABASE_URL: url }, query };
}

/** Finds a stored order by the middle of its id and of the SKU of its item. */
async function findOneOf(api: ApiClient): Promise<void> {
  type Orders = { orders: { edges: { node: { amazonOrderId: string; items: { sellerSku: string }[] } }[] } };
  const found = async (args: string) => {
    const query = `{ orders(first: 100 ${args}) { edges { node { amazonOrderId items { sellerSku } } } } }`;
    return (await api.request<Orders>(query)).orders.edges.map(({ node }) => node);
  };
  const nodes = await found('');
  const order = nodes.find(({ items }) => items.length > 0);
  for (const text of [order?.amazonOrderId.slice(5, 14), order?.items[0]?.sellerSku.slice(1)])
    expect(await found(`filter: { search: ${JSON.stringify(text)} }`), text).toContainEqual(order);
}

describe.each(releases.map(({ name }) => name))('a database of version %s', (name) => {
  const { owner, secrets, orders, answers } = JSON.parse(read(name, 'answers.json.gz')) as Release;

  it('is upgraded by the start, keeps its data, and goes on; then only newer versions open it', async () => {
    const simulator = await withSimulator({ orders: 20, seed: 7 });
    const { env: restored, query } = await restore(name);
    // As if it had been off for a month: the next window has orders.
    await query(`UPDATE public.sync_cursor SET proven_until = now() - interval '30 days', items_proven_until = NULL`);
    const env = { ...restored, ...secrets, SP_API_ENDPOINT: simulator.url, LWA_ENDPOINT: simulator.url };
    expect(await runToItsEnd(env, { command: 'export', args: ['orders'] })).toMatchObject(
      databaseKind === 'postgres'
        ? {
            code: 1,
            output: expect.stringContaining('is of an older version. Start the server of this version first'),
          }
        : {
            code: 0,
            output: expect.stringContaining(
              `Columns that are new in this version are empty for ${orders} of ${orders} orders`,
            ),
          },
    );
    const server = await startProcess(env);
    if (databaseKind === 'postgres')
      expect(server.output()).toContain('The tables are being upgraded: 20261128170000_whole_order');
    const { login } = await server.api.request<{ login: { token: string } }>(
      'mutation ($email: String!, $password: String!) { login(email: $email, password: $password) { token } }',
      owner,
    );
    server.api.signIn(login.token);
    // What a migration leaves to the background.
    await expect.poll(() => server.api.request('{ remap { ordersDone ordersTotal } }')).toEqual({ remap: null });
    for (const { about, query: question, answer } of answers)
      expect(await server.api.request(question), about).toEqual(answer);
    await findOneOf(server.api);
    // The embedded database gets its indexes before the server listens.
    if (databaseKind === 'postgres') await expect.poll(() => server.output()).toContain('All indexes are there.');
    expect(await untilRun(server.api, await startRun(server.api), hasEnded)).toMatchObject({ status: 'OK' });
    expect(await server.api.request('{ orders { totalCount } }')).toEqual({ orders: { totalCount: orders + 20 } });
    server.kill('SIGTERM');
    expect(await server.ended, server.output()).toBe(0);

    await query(
      `INSERT INTO public._prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', 'x', '29990101000000_later', now())`,
    );
    const line = /a migration that this version doesn't know: 29990101000000_later\. A newer Ordermirror applied it/;
    expect(await runToItsEnd(env)).toMatchObject({ code: 1, output: expect.stringMatching(line) });
    expect((await runToItsEnd(env, { command: 'doctor' })).output).toMatch(line);
  });
});
