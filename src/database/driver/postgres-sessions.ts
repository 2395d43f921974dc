import type pg from 'pg';
import type { PostgresAddress } from '../../config/config.js';
import { connectErrorOf, poolerError } from '../start-errors.js';
import { type Connector, connectorOf } from './connector.js';
import { findPooling, type Pooling } from './pooler.js';
import { parseAddress, placeOf, type QueryWithTimeout, settingScript, settingStatement } from './postgres-settings.js';
import { transactionClient } from './transaction-client.js';

const SETTINGS_NAME = 'ordermirror_settings';

/** Connections to an address, all of whose statements have the settings. */
export interface Sessions {
  readonly pooling: Pooling;
  /** Whether each transaction may get another session, so that what one has learned of a session is not true of the next. */
  readonly areShared: boolean;
  readonly Client: typeof pg.Client;
  /** Prepares each new connection. */
  readonly prepare: (client: pg.ClientBase) => Promise<void>;
  /** Makes a connection beside the pool, without a time-out of its queries. */
  readonly connect: () => Promise<pg.Client>;
  /** Whether a statement that was prepared can be used again. */
  readonly keepStatements: boolean;
}

export interface SessionsOptions {
  readonly address: PostgresAddress;
  readonly connector: Connector;
  readonly settings: Readonly<Record<string, string>>;
  readonly schemaOf: () => string | null;
  /** Whether a pooler may give each transaction another session. */
  readonly mayBeShared: boolean;
}

/**
 * Finds out whether there is a pooler, and so how to set the settings: once a session, or in each transaction.
 * @throws {StartError} for a pooler in transaction mode where there may be none; what pg throws
 */
export async function findSessions({
  address,
  connector,
  settings,
  schemaOf,
  mayBeShared,
}: SessionsOptions): Promise<Sessions> {
  const pooling = await findPooling(connector);
  if (pooling.mode === 'transaction' && !mayBeShared)
    throw poolerError(placeOf(address), 'each transaction gets another session');
  // A pooler that seems to be in session mode may be in transaction mode.
  const areShared = pooling.mode !== 'none' && mayBeShared;
  const keepStatements = !areShared || pooling.carriesStatements;
  const local = {
    text: settingStatement(settings, schemaOf(), true),
    script: settingScript(settings, schemaOf()),
    name: keepStatements ? SETTINGS_NAME : undefined,
  };
  const Client = areShared ? transactionClient(connector.Client, local) : connector.Client;
  const prepare = async (client: pg.ClientBase) => {
    const { name, text } = areShared ? local : { name: undefined, text: settingStatement(settings, schemaOf(), false) };
    if (areShared && name === undefined) return;
    const { connectTimeoutMs } = connector;
    const statement: QueryWithTimeout = { ...(name && { name }), text, query_timeout: connectTimeoutMs };
    await client.query(statement);
  };
  const connect = async () => {
    const client = new Client(connector.settings);
    client.on('error', () => {}); // Its statement fails.
    try {
      await client.connect();
      await prepare(client);
      return client;
    } catch (error) {
      client.end().catch(() => {});
      throw error;
    }
  };
  return { pooling, areShared, Client, prepare, connect, keepStatements };
}

/** The role that a connection to an address has in PostgreSQL: a pooler may map the name in the address to another one. */
export async function currentRole(config: PostgresAddress): Promise<string> {
  const { Client, settings } = connectorOf(parseAddress(config));
  const client = new Client(settings);
  client.on('error', () => {}); // Its statement fails.
  try {
    await client.connect();
    const { rows } = await client.query<{ role: string }>('SELECT current_user::text AS role');
    return rows[0]?.role ?? '';
  } catch (error) {
    throw connectErrorOf(error, config);
  } finally {
    client.end().catch(() => {});
  }
}
