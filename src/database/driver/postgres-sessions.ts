import type pg from 'pg';
import type { PostgresAddress, PostgresConfig } from '../../config/config.js';
import { connectErrorOf, poolerError } from '../start-errors.js';
import { CONNECT_TIMEOUT_MS, type Connector, connectorOf } from './connector.js';
import { findPooling, type Pooling } from './pooler.js';
import { parseAddress, placeOf, type QueryWithTimeout, settingScript, settingStatement } from './postgres-settings.js';
import { transactionClient } from './transaction-client.js';

const SETTINGS_NAME = 'ordermirror_settings';

/** Connections to an address, all of whose statements have the settings. */
export interface Sessions {
  readonly pooling: Pooling;
  readonly Client: typeof pg.Client;
  /** Prepares each new connection. */
  readonly prepare: (client: pg.ClientBase) => Promise<void>;
  /** Makes a connection beside the pool, without a time-out of its queries. */
  readonly connect: () => Promise<pg.Client>;
  /** Whether a statement that was prepared can be used again. */
  readonly keepStatements: boolean;
}

/**
 * Finds out whether there is a pooler, and so how to set the settings: once a session, or in each transaction.
 * @throws {StartError} if it can't connect, and for a pooler in transaction mode without DATABASE_DIRECT_URL
 */
export async function findSessions(
  config: PostgresConfig,
  connector: Connector,
  settings: Readonly<Record<string, string>>,
  schemaOf: () => string | null,
): Promise<Sessions> {
  const pooling = await findPooling(connector).catch((error) => {
    throw connectErrorOf(error, config);
  });
  if (pooling.mode === 'transaction' && config.directUrl === undefined)
    throw poolerError(placeOf(config), 'each transaction gets another session');
  // A pooler that seems to be in session mode may be in transaction mode.
  const isShared = pooling.mode !== 'none' && config.directUrl !== undefined;
  const keepStatements = !isShared || pooling.carriesStatements;
  const local = {
    text: settingStatement(settings, schemaOf(), true),
    script: settingScript(settings, schemaOf()),
    name: keepStatements ? SETTINGS_NAME : undefined,
  };
  const Client = isShared ? transactionClient(connector.Client, local) : connector.Client;
  const prepare = async (client: pg.ClientBase) => {
    const { name, text } = isShared ? local : { name: undefined, text: settingStatement(settings, schemaOf(), false) };
    if (isShared && name === undefined) return;
    const statement: QueryWithTimeout = { ...(name && { name }), text, query_timeout: CONNECT_TIMEOUT_MS };
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
  return { pooling, Client, prepare, connect, keepStatements };
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
