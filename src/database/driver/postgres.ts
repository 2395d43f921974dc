import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { isConnectionLoss } from '../connection-loss.js';
import { checkServer } from '../postgres-check.js';
import type { Driver, DriverSession, QueryOptions, StatementListener } from '../sql.js';
import { connectErrorOf } from '../start-errors.js';
import { readAddress } from './postgres-address.js';
import { type Notify, PostgresChanges } from './postgres-notifications.js';
import { sessionSettings, settingStatement } from './session-settings.js';
import { statementNames } from './statement-names.js';

/** pg takes it with any query; its types don't tell. */
interface PatientQuery extends pg.QueryConfig {
  readonly query_timeout: number;
}

interface PostgresOptions {
  readonly onStatement?: StatementListener;
  readonly onTrouble?: (message: string, error: unknown) => void;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** The longest that a timer can be. */
const NO_TIMEOUT_MS = 2 ** 31 - 1;
const MAX_SESSIONS = 10;

const { INT8, NUMERIC, DATE } = pg.types.builtins;
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (oid === INT8) return BigInt;
    if (oid === NUMERIC || oid === DATE) return String;
    return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text');
  },
};

/**
 * PostgreSQL at an address. All that is sent, by hand or by Prisma, goes to one schema: `config.schema`, else `?schema=` in the
 * address, else the first of the role's search path that exists. The address sets `?query_timeout=` and
 * `?statement_timeout=` (milliseconds), too.
 * @throws {StartError} when it can't be reached, is older than 15, or is of a kind that Ordermirror can't work on.
 */
export async function openPostgres(
  config: { readonly url: string; readonly schema?: string },
  options: PostgresOptions = {},
): Promise<Driver> {
  const address = readAddress(config.url);
  const settings = sessionSettings(address);
  let schema = config.schema ?? address.schema;
  const shared: pg.PoolConfig = {
    connectionString: address.connectionString,
    application_name: 'ordermirror',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  };
  const prepareSession = async (client: pg.ClientBase) => {
    const statement: PatientQuery = { text: settingStatement(settings, schema), query_timeout: CONNECT_TIMEOUT_MS };
    await client.query(statement);
  };
  const pool = new pg.Pool({
    ...shared,
    query_timeout: address.queryTimeoutMs,
    max: MAX_SESSIONS,
    onConnect: prepareSession,
  });
  // A session that is lost while it is in use says so to its user; without a listener it would end the process, too.
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('error', (error) => options.onTrouble?.('An idle PostgreSQL connection was lost.', error));
  const notify: Notify = (channel, payload) => pool.query('SELECT pg_notify($1, $2)', [channel, payload]);
  const changes = new PostgresChanges(shared, notify, options.onTrouble);
  const close = async () => {
    await changes.close();
    await pool.end();
  };
  try {
    schema = await checkServer(pool, changes, { url: config.url, schema, settings });
  } catch (error) {
    await close();
    throw connectErrorOf(error, config.url);
  }
  return driverOf({ pool, changes, schema, statementTimeout: settings.statement_timeout ?? '0', close }, options);
}

interface Parts {
  readonly pool: pg.Pool;
  readonly changes: PostgresChanges;
  readonly schema: string;
  /** Milliseconds. */
  readonly statementTimeout: string;
  readonly close: () => Promise<void>;
}

function driverOf(
  { pool, changes, schema, statementTimeout, close }: Parts,
  { onStatement = () => {} }: PostgresOptions,
): Driver {
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
    prismaAdapter: new PrismaPg(pool, { schema }),
    changes,
    query: (text, values = [], queryOptions) => run(pool, text, values, queryOptions),
    transaction: async (work, first) => {
      const client = await pool.connect();
      const session: DriverSession = {
        query: (text, values = [], queryOptions) => run(client, text, values, queryOptions),
        exec: async (script) => {
          const text = `SET LOCAL statement_timeout = 0; ${script}`;
          const patient: PatientQuery = { text, query_timeout: NO_TIMEOUT_MS };
          await client.query(patient);
          await client.query(`SET LOCAL statement_timeout = ${statementTimeout}`);
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
    close,
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
