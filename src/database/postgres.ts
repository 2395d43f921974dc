import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { StartError } from '../errors.js';
import { LEISURE } from './commit.js';
import { isConnectionLoss } from './connection-loss.js';
import { PostgresChanges } from './postgres-changes.js';
import type { Driver, DriverSession, QueryOptions, StatementListener } from './sql.js';
import { statementNames } from './statement-names.js';

/** pg takes it with any query; its types don't tell. */
interface PatientQuery extends pg.QueryConfig {
  readonly query_timeout: number;
}

interface PostgresOptions {
  readonly onStatement?: StatementListener;
  readonly onTrouble?: (message: string, error: unknown) => void;
}

const OLDEST_VERSION = 150_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** A network that swallows all sends no error: a statement without an answer for so long means that the session is lost. */
const ANSWER_TIMEOUT_MS = 30_000;
/** The longest that a timer can be. */
const NO_TIMEOUT_MS = 2 ** 31 - 1;
/** What our statements count on, whatever the server, the database or the role is set to. */
const OPTIONS = [
  // Who waited for a lock sees what was written meanwhile.
  'default_transaction_isolation=read\\ committed',
  // Numbers are told exactly, and dates as they are read here.
  'extra_float_digits=1',
  'DateStyle=ISO',
  // Compiling a page's statement takes longer than running it.
  'jit=off',
  // Of a page in the middle of a list PostgreSQL keeps one plan only if it thinks indexes as cheap as memory and flash make
  // them, and plans each anew for as long as it runs.
  'random_page_cost=1.1',
  LEISURE,
].map((setting) => `-c ${setting}`);
/** A process that stalls inside a transaction loses it, so that another can take its run over: the time of a run's lease. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;

const { INT8, NUMERIC, DATE } = pg.types.builtins;
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (oid === INT8) return BigInt;
    if (oid === NUMERIC || oid === DATE) return String;
    return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text');
  },
};

/**
 * PostgreSQL at an address. What the address itself sets (`?query_timeout=…`, in milliseconds) comes before what is set here.
 * @throws {StartError} when it can't be reached or is older than 15.
 */
export async function openPostgres(config: { url: string }, options: PostgresOptions = {}): Promise<Driver> {
  const settings: pg.PoolConfig = {
    connectionString: config.url,
    application_name: 'ordermirror',
    options: OPTIONS.join(' '),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    keepAlive: true,
  };
  const pool = new pg.Pool({ ...settings, max: 10 });
  // A session that is lost while it is in use says so to its user; without a listener it would end the process, too.
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('error', (error) => options.onTrouble?.('An idle PostgreSQL connection was lost.', error));
  try {
    await checkVersion(pool);
  } catch (error) {
    await pool.end();
    throw error instanceof StartError ? error : unreachable(config.url, error);
  }
  const changes = new PostgresChanges(settings, options.onTrouble);
  return driverOf(pool, changes, options.onStatement);
}

function driverOf(pool: pg.Pool, changes: PostgresChanges, onStatement: StatementListener = () => {}): Driver {
  const nameOf = statementNames();
  const run = async <Row extends object>(
    on: pg.Pool | pg.PoolClient,
    text: string,
    values: readonly unknown[],
    { prepare = false }: QueryOptions = {},
  ) => {
    onStatement(text);
    const name = prepare ? nameOf(text) : undefined;
    return (await on.query<Row>({ ...(name && { name }), text, values: [...values], types })).rows;
  };
  return {
    kind: 'postgres',
    prismaAdapter: new PrismaPg(pool),
    changes,
    query: (text, values = [], queryOptions) => run(pool, text, values, queryOptions),
    transaction: async (work, first) => {
      const client = await pool.connect();
      const session: DriverSession = {
        query: (text, values = [], queryOptions) => run(client, text, values, queryOptions),
        exec: async (script) => {
          const patient: PatientQuery = { text: script, query_timeout: NO_TIMEOUT_MS };
          await client.query(patient);
        },
      };
      try {
        if (first !== undefined) onStatement(first);
        await client.query(first === undefined ? 'BEGIN' : `BEGIN; ${first}`);
        const result = await work(session);
        await client.query('COMMIT');
        client.release();
        return result;
      } catch (error) {
        await rollBack(client, error);
        throw error;
      }
    },
    close: async () => {
      await changes.close();
      await pool.end();
    },
  };
}

/** A session that is lost, or can't even roll back, is not given back to the pool: its end rolls back. */
async function rollBack(client: pg.PoolClient, error: unknown): Promise<void> {
  const isLost =
    isConnectionLoss(error) ||
    (await client.query('ROLLBACK').then(
      () => false,
      () => true,
    ));
  client.release(isLost);
}

async function checkVersion(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ number: number; name: string }>(
    `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS name`,
  );
  const version = rows[0];
  if (!version || version.number >= OLDEST_VERSION) return;
  throw new StartError(`DATABASE_URL leads to PostgreSQL ${version.name}; Ordermirror needs 15 or later.`);
}

function unreachable(url: string, error: unknown): StartError {
  const { hostname, port, pathname } = new URL(url);
  const reason = error instanceof AggregateError ? error.errors[0] : error;
  const why = reason instanceof Error ? reason.message : String(reason);
  return new StartError(
    `PostgreSQL at ${hostname}:${port || 5432}${pathname} can't be used: ${why}. Check that it runs and that DATABASE_URL (host, database, user, password) is right.`,
    { cause: error },
  );
}
