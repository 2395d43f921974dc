import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { StartError } from '../errors.js';
import { PostgresChanges } from './postgres-changes.js';
import type { Driver, DriverSession, StatementListener } from './sql.js';

interface PostgresOptions {
  readonly onStatement?: StatementListener;
  readonly onTrouble?: (message: string, error: unknown) => void;
}

const OLDEST_VERSION = 150_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** A process that stalls inside a transaction loses it, so that another can take its run over. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000;

const { INT8, NUMERIC, DATE } = pg.types.builtins;
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (oid === INT8) return BigInt;
    if (oid === NUMERIC || oid === DATE) return String;
    return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text');
  },
};

/**
 * PostgreSQL at an address.
 * @throws {StartError} when it can't be reached or is older than 15.
 */
export async function openPostgres(config: { url: string }, options: PostgresOptions = {}): Promise<Driver> {
  const settings: pg.PoolConfig = {
    connectionString: config.url,
    application_name: 'ordermirror',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
  };
  const pool = new pg.Pool({ ...settings, max: 10 });
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
  const run = async <Row extends object>(on: pg.Pool | pg.PoolClient, text: string, values: readonly unknown[]) => {
    onStatement(text);
    return (await on.query<Row>({ text, values: [...values], types })).rows;
  };
  return {
    kind: 'postgres',
    prismaAdapter: new PrismaPg(pool),
    changes,
    query: (text, values = []) => run(pool, text, values),
    transaction: async (work) => {
      const client = await pool.connect();
      // A session that is cut rejects its statements; unheard, its event would end the process as well.
      const unheard = () => {};
      client.on('error', unheard);
      const release = (broken?: Error) => {
        client.off('error', unheard);
        client.release(broken);
      };
      const session: DriverSession = {
        query: (text, values = []) => run(client, text, values),
        exec: async (script) => {
          await client.query(script);
        },
      };
      try {
        await client.query('BEGIN');
        const result = await work(session);
        await client.query('COMMIT');
        release();
        return result;
      } catch (error) {
        // A session that can't even roll back is not given back to the pool.
        await client.query('ROLLBACK').then(
          () => release(),
          (broken: Error) => release(broken),
        );
        throw error;
      }
    },
    close: async () => {
      await changes.close();
      await pool.end();
    },
  };
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
