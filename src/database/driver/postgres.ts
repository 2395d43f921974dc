import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { PostgresConfig } from '../../config/config.js';
import { isConnectionLoss } from '../errors.js';
import type { Driver, DriverSession, QueryOptions, StatementListener } from '../sql.js';
import { connectErrorOf } from '../start-errors.js';
import { connectorOf } from './connector.js';
import type { Pooling } from './pooler.js';
import { checkServer } from './postgres-check.js';
import { type Notify, PostgresNotifications } from './postgres-notifications.js';
import { READ_ONLY } from './postgres-primary.js';
import { findSessions, type Sessions } from './postgres-sessions.js';
import { ownerConfigOf, parseAddress, placeOf, type QueryWithTimeout } from './postgres-settings.js';
import { readPostgresSnapshot } from './postgres-snapshot.js';

interface PostgresOptions {
  readonly onStatement?: StatementListener;
  readonly onTrouble?: (message: string, error: unknown) => void;
}

/** The longest delay of a timer. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
const MAX_SESSIONS = 10;
/** Per session, which keeps prepared statements until it ends. A page of orders has a text for each selection and length. */
const MAX_REQUESTED_STATEMENTS = 100;

const { INT8, NUMERIC, DATE } = pg.types.builtins;
export const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (oid === INT8) return BigInt;
    if (oid === NUMERIC || oid === DATE) return String;
    return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text');
  },
};

/** PostgreSQL, and how it is reached. */
export interface PostgresDriver extends Driver {
  /** The schema that all statements use. */
  readonly schema: string;
  readonly pooling: Pooling;
}

/**
 * PostgreSQL at an address. All statements, by hand or by Prisma, use one schema: `config.schema`, else `?schema=` of the
 * address, else the first existing one of the role's search path. The address may also set `?query_timeout=` and
 * `?statement_timeout=` (milliseconds). Of several hosts, sessions are on the primary, also after a fail-over.
 * @throws {StartError} if it can't be reached, is older than 15, or lacks what Ordermirror needs
 */
export async function openPostgres(
  config: PostgresConfig & { readonly mayCreateSchema?: boolean /** By default. */; readonly queryTimeoutMs?: number },
  options: PostgresOptions = {},
): Promise<PostgresDriver> {
  const { onTrouble } = options;
  const address = parseAddress(config, config.queryTimeoutMs);
  let schema = config.schema ?? address.schema;
  const connector = connectorOf(address, onTrouble);
  const sessions = await findSessions({
    ...{ address: config, connector, settings: address.session, schemaOf: () => schema },
    mayBeShared: config.directUrl !== undefined,
  }).catch((error) => {
    throw connectErrorOf(error, config);
  });
  const pool = new pg.Pool({
    ...connector.settings,
    query_timeout: address.queryTimeoutMs,
    max: MAX_SESSIONS,
    Client: sessions.Client,
    onConnect: sessions.prepare,
  });
  // The query on a lost session fails; without a listener the event would end the process, too.
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('error', (error) => onTrouble?.('An idle PostgreSQL connection was lost.', error));
  const notify: Notify = (channel, payload) => pool.query('SELECT pg_notify($1, $2)', [channel, payload]);
  const direct = ownerConfigOf(config);
  const listener = direct === config ? connector : connectorOf(parseAddress(direct), onTrouble);
  const notifications = new PostgresNotifications(listener, placeOf(direct), notify, onTrouble);
  const close = async () => {
    await notifications.close();
    await pool.end();
  };
  try {
    if (config.schema !== undefined && config.mayCreateSchema !== false) await createSchema(pool, config.schema);
    schema = await checkServer(pool, notifications, { config, schema, settings: address.session });
    const statementTimeout = address.session.statement_timeout ?? '0';
    return driverOf({ pool, sessions, notifications, schema, statementTimeout, close }, options);
  } catch (error) {
    await close();
    throw connectErrorOf(error, config);
  }
}

interface Parts {
  readonly pool: pg.Pool;
  readonly sessions: Sessions;
  readonly notifications: PostgresNotifications;
  readonly schema: string;
  /** Milliseconds. */
  readonly statementTimeout: string;
  readonly close: () => Promise<void>;
}

function driverOf(
  { pool, sessions, notifications, schema, statementTimeout, close }: Parts,
  { onStatement = () => {} }: PostgresOptions,
): PostgresDriver {
  const nameOf = sessions.keepStatements ? statementNames() : () => undefined;
  const run = async <Row extends object>(
    on: pg.Pool | pg.ClientBase,
    text: string,
    values: readonly unknown[],
    { prepare = false }: QueryOptions = {},
  ) => {
    onStatement(text);
    const name = nameOf(text, prepare);
    return (await on.query<Row>({ ...(name && { name }), text, values: [...values], types })).rows;
  };
  return {
    kind: 'postgres',
    schema,
    pooling: sessions.pooling,
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
    outsideTransactions: async (work, signal) => {
      signal?.throwIfAborted();
      const client = await sessions.connect();
      const cut = () => void client.end().catch(() => {});
      signal?.addEventListener('abort', cut);
      try {
        signal?.throwIfAborted();
        // Waits of CREATE INDEX CONCURRENTLY block nobody.
        await client.query('SET statement_timeout = 0; SET lock_timeout = 0');
        return await work({ query: (text, values = []) => run(client, text, values) });
      } finally {
        signal?.removeEventListener('abort', cut);
        cut();
      }
    },
    readSnapshot: (query, read) =>
      readPostgresSnapshot(
        {
          connect: sessions.connect,
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

/** Names statements to be prepared, equal texts equally; undefined for others, and for requested ones beyond the limit. */
export function statementNames(): (text: string, prepare: QueryOptions['prepare']) => string | undefined {
  const names = new Map<string, string>();
  let requested = 0;
  return (text, prepare) => {
    if (!prepare) return undefined;
    const known = names.get(text);
    if (known !== undefined) return known;
    if (prepare === 'requested') {
      if (requested === MAX_REQUESTED_STATEMENTS) return undefined;
      requested += 1;
    }
    const name = `ordermirror_${names.size}`;
    names.set(text, name);
    return name;
  };
}
