import pg from 'pg';

const DEFAULT_URL = 'postgresql://postgres@127.0.0.1:5432/postgres';

/** Address of the tests' PostgreSQL (TEST_DATABASE_URL). */
export const testPostgresUrl = process.env.TEST_DATABASE_URL ?? DEFAULT_URL;

let answer: Promise<boolean> | undefined;

/** Whether PostgreSQL answers; prints a line if it doesn't. With REQUIRE_POSTGRES=1 that is a failure. */
export function postgresForTests(): Promise<boolean> {
  answer ??= ask();
  return answer;
}

async function ask(): Promise<boolean> {
  const client = new pg.Client({ connectionString: testPostgresUrl, connectionTimeoutMillis: 3_000 });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch (error) {
    const { host } = new URL(testPostgresUrl);
    const line = `No PostgreSQL answers at ${host} (TEST_DATABASE_URL): the database tests run on PGlite only.`;
    if (process.env.REQUIRE_POSTGRES === '1')
      throw new Error(`${line} REQUIRE_POSTGRES=1 asks for one.`, { cause: error });
    process.stderr.write(`${line}\n`);
    return false;
  }
}

/** Runs one statement on the tests' PostgreSQL (or another server), by default in no test's database. */
export async function onPostgres(statement: string, database?: string, server = testPostgresUrl): Promise<void> {
  const client = new pg.Client({ connectionString: database ? postgresUrlOf(database, server) : server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/**
 * Creates a database on the tests' PostgreSQL; in the tablespace that TEST_TABLESPACE names, if any (see `.ci/run`).
 * @param clauses of CREATE DATABASE
 */
export async function createDatabase(name: string, clauses = ''): Promise<void> {
  const { TEST_TABLESPACE } = process.env;
  await onPostgres(`CREATE DATABASE ${name} ${clauses} ${TEST_TABLESPACE ? `TABLESPACE ${TEST_TABLESPACE}` : ''}`);
}

/** The address of another database on the same server. */
export function postgresUrlOf(database: string, server = testPostgresUrl): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}
