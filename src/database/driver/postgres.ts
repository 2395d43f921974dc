import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { isConnectionLoss } from '../errors.js';
import type { Driver, DriverSession, QueryOptions, StatementListener } from '../sql.js';
import { connectErrorOf } from '../start-errors.js';
import { checkServer } from './postgres-check.js';
import { type Notify, PostgresNotifications } from './postgres-notifications.js';
import { clientFor, READ_ONLY } from './postgres-primary.js';
import { parseAddress, settingStatement } from './postgres-settings.js';
import { readPostgresSnapshot } from './postgres-snapshot.js';

/** pg takes `query_timeout` with each query, which its types lack. */
interface QueryWithTimeout extends pg.QueryConfig {
  readonly query_timeout: number;
}

interface PostgresOptions {
  readonly onStatement?: StatementListener;
  readonly onTrouble?: (message: string, error: unknown) => void;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** The longest delay of a timer. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
const MAX_SESSIONS = 10;
/** Per session, which keeps prepared statements until it ends; the requests of clients determine their number. */
const MAX_PREPARED_STATEMENTS = 100;

const { INT8, NUMERIC, DATE } = pg.types.builtins;
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (oid === INT8) return BigInt;
    if (oid === NUMERIC || oid === DATE) return String;
    return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text');
  },
};

/**
 * PostgreSQL at an address. All statements, by hand or by Prisma, use one schema: `config.schema`, else `?schema=` of the
 * address, else the first existing one of the role's search path. The address may also set `?query_timeout=` and
 * `?statement_timeout=` (milliseconds). Of several hosts, sessions are on the primary, also after a fail-over.
 * @throws {StartError} if it can't be reached, is older than 15, or lacks what Ordermirror needs
 */
export async function openPostgres(
  config: Readonly<{ url: string; schema?: string | undefined; mayCreateSchema?: boolean; queryTimeoutMs?: number }>,
  options: PostgresOptions = {},
): Promise<Driver> {
  const address = parseAddress(config.url, config.queryTimeoutMs);
  const settings = address.session;
  let schema = config.schema ?? address.schema;
  const shared: pg.PoolConfig = {
    connectionString: address.connectionString,
    application_name: 'ordermirror',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  };
  const prepareSession = async (client: pg.ClientBase) => {
    const statement: QueryWithTimeout = { text: settingStatement(settings, schema), query_timeout: CONNECT_TIMEOUT_MS };
    await client.query(statement);
  };
  const { hosts, mayBeReadOnly } = address;
  const Client = clientFor({ hosts, settings: shared, mayBeReadOnly, onTrouble: options.onTrouble });
  const pool = new pg.Pool({
    ...shared,
    Client,
    query_timeout: address.queryTimeoutMs,
    max: MAX_SESSIONS,
    onConnect: prepareSession,
  });
  // The query on a lost session fails; without a listener the event would end the process, too.
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('error', (error) => options.onTrouble?.('An idle PostgreSQL connection was lost.', error));
  const notify: Notify = (channel, payload) => pool.query('SELECT pg_notify($1, $2)', [channel, payload]);
  const notifications = new PostgresNotifications(Client, shared, notify, options.onTrouble);
  const close = async () => {
    await notifications.close();
    await pool.end();
  };
  try {
    if (config.schema !== undefined && config.mayCreateSchema !== false) await createSchema(pool, config.schema);
    schema = await checkServer(pool, notifications, { url: config.url, schema, settings });
  } catch (error) {
    await close();
    throw connectErrorOf(error, config.url);
  }
  const statementTimeout = settings.statement_timeout ?? '0';
  return driverOf({ pool, Client, notifications, schema, settings: shared, prepareSession, statementTimeout, close }, options);
}

interface Parts {
  readonly pool: pg.Pool;
  readonly Client: typeof pg.Client;
  readonly notifications: PostgresNotifications;
  readonly schema: string;
  /** Of a connection beside the pool, without a time-out of its queries. */
  readonly settings: pg.ClientConfig;
  readonly prepareSession: (client: pg.ClientBase) => Promise<void>;
  /** Milliseconds. */
  readonly statementTimeout: string;
  readonly close: () => Promise<void>;
}

function driverOf(
  { pool, Client, notifications, schema, settings, prepareSession, statementTimeout, close }: Parts,
  { onStatement = () => {} }: PostgresOptions,
): Driver {
  const nameOf = statementNames();
  const run = async <Row extends object>(
    on: pg.Pool | pg.ClientBase,
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
    notifications,
    query: (text, values = [], queryOptions) => run(pool, text, values, queryOptions),
    transaction: async (work, first) => {
      const client = await pool.connect();
      const session: DriverSession = {
        query: (text, values = [], queryOptions) => run(client, text, values, queryOptions),
        exec: async (script) => {
          const text = `SET LOCAL statement_timeout = 0; ${script}`;
          const query: QueryWithTimeout = { text, query_timeout: MAX_TIMEOUT_MS };
          await client.query(query);
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
    readSnapshot: (query, read) =>
      readPostgresSnapshot(
        {
          Client,
          settings,
          prepare: prepareSession,
          onStatement,
          cancel: (backend) => pool.query('SELECT pg_cancel_backend($1)', [backend]),
        },
        query,
        read,
      ),
    close,
  };
}

/**
 * Creates a schema that is missing, if the role may. `IF NOT EXISTS` would ask for the right in any case; without it
 * `checkServer` says what to do.
 */
async function createSchema(pool: pg.Pool, name: string): Promise<void> {
  const { rows } = await pool.query<{ missing: boolean }>(
    `SELECT to_regnamespace($1) IS NULL AND has_database_privilege(current_database(), 'CREATE') AS missing`,
    [pg.escapeIdentifier(name)],
  );
  if (rows[0]?.missing) await pool.query(`CREATE SCHEMA IF NOT EXISTS ${pg.escapeIdentifier(name)}`);
}

/** Rolls back. A session that is lost, read-only or can't roll back is closed, not returned to the pool: its end rolls back. */
async function rollBack(client: pg.PoolClient, error: unknown): Promise<void> {
  const isLost =
    isConnectionLoss(error) ||
    (error as { code?: unknown }).code === READ_ONLY ||
    (await client.query('ROLLBACK').then(
      () => false,
      () => true,
    ));
  client.release(isLost);
}

/** Names statements to be prepared, equal texts equally; undefined beyond the limit. */
function statementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined || names.size >= MAX_PREPARED_STATEMENTS) return known;
    const name = `ordermirror_${names.size}`;
    names.set(text, name);
    return name;
  };
}
