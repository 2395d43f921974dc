import pg from 'pg';
import type { PostgresConfig } from '../../config/config.js';
import { StartError } from '../../core/errors.js';
import { poolerError } from '../start-errors.js';
import type { PostgresNotifications } from './postgres-notifications.js';
import { ownerConfigOf, placeOf } from './postgres-settings.js';

const MIN_VERSION = 150_000;
/** A busy server may deliver late. */
const MAX_NOTIFICATION_TESTS = 3;

interface Wanted {
  readonly config: PostgresConfig;
  /** Null for the first existing one of the role's search path. */
  readonly schema: string | null;
  readonly settings: Readonly<Record<string, string>>;
}

interface ServerState {
  readonly number: number;
  readonly version: string;
  readonly encoding: string;
  readonly isStandby: boolean;
  readonly isReadOnly: boolean;
  readonly isolation: string;
  readonly schema: string | null;
  readonly searchPath: string;
  readonly settings: Readonly<Record<string, string>> | null;
}

const STATE = `
  SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version,
         current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS "isStandby",
         current_setting('transaction_read_only') = 'on' AS "isReadOnly",
         current_setting('transaction_isolation') AS isolation,
         current_schema()::text AS schema, current_setting('search_path') AS "searchPath",
         (SELECT json_object_agg(wanted, coalesce(setting, current_setting(wanted, true)))
            FROM unnest($1::text[]) AS wanted LEFT JOIN pg_settings ON name = wanted) AS settings`;

/**
 * Checks at the start, before any write, that the server has what Ordermirror needs.
 * @returns the schema that all statements use
 * @throws {StartError} with what to change
 */
export async function checkServer(
  pool: pg.Pool,
  notifications: PostgresNotifications,
  wanted: Wanted,
): Promise<string> {
  const client = await pool.connect();
  try {
    const { rows } = await client.query<ServerState>(STATE, [Object.keys(wanted.settings)]);
    const schema = checkState(rows[0] as ServerState, wanted);
    await checkNotifications(notifications, wanted.config);
    return schema;
  } finally {
    client.release();
  }
}

function checkState(state: ServerState, { config, schema: wanted, settings }: Wanted): string {
  const place = placeOf(config);
  const { variable, server, database, role } = place;
  if (state.number < MIN_VERSION)
    throw new StartError(
      `${variable} leads to PostgreSQL ${state.version}; Ordermirror needs 15 or later. Upgrade the server.`,
    );
  if (state.encoding !== 'UTF8')
    throw new StartError(
      `The database ${database} at ${server} has the encoding ${state.encoding}; Ordermirror needs UTF8. Create another one and name it in ${variable}: createdb -E UTF8 -T template0 NAME.`,
    );
  if (state.isStandby)
    throw new StartError(
      `PostgreSQL at ${server} is a standby, and read-only. Name the primary in ${variable}, or promote this one (pg_ctl promote).`,
    );
  if (state.isReadOnly)
    throw new StartError(
      `The database ${database} at ${server} is read-only (default_transaction_read_only is on), but Ordermirror writes to it: ALTER DATABASE ${database} SET default_transaction_read_only = off, or the same by ALTER ROLE ${role}.`,
    );
  if (state.schema === null) {
    const namedBy = config.schema === undefined ? variable : 'DATABASE_SCHEMA';
    const missing = wanted === null ? null : pg.escapeIdentifier(wanted);
    throw new StartError(
      `PostgreSQL at ${server} has no schema for the role ${role}: ${missing ? `${missing}, which ${namedBy} names, does not exist or may not be used` : `none of its search path (${state.searchPath}) exists and may be used`}. CREATE SCHEMA ${missing ?? 'ordermirror'} AUTHORIZATION ${role}${missing ? '' : `; ALTER ROLE ${role} SET search_path = ordermirror`}; or GRANT USAGE, CREATE ON SCHEMA ${missing ?? 'public'} TO ${role}.`,
    );
  }
  const lost = Object.entries(settings).filter(([name, value]) => state.settings?.[name] !== value);
  if (lost.length > 0) throw poolerError(place, `settings are lost (${lost.map(([name]) => name).join(', ')})`);
  // Each statement behind a pooler in transaction mode is a transaction that has the default of the server.
  if (state.isolation !== 'read committed')
    throw new StartError(
      `Transactions of the role ${role} at ${server} are ${state.isolation} by default, but Ordermirror needs read committed: ALTER ROLE ${role} SET default_transaction_isolation = 'read committed', or the same by ALTER DATABASE ${database}.`,
    );
  return state.schema;
}

async function checkNotifications(notifications: PostgresNotifications, config: Wanted['config']): Promise<void> {
  const direct = placeOf(ownerConfigOf(config));
  for (let tries = 1; !(await notifications.areDelivered()); tries += 1)
    if (tries === MAX_NOTIFICATION_TESTS)
      throw config.directUrl === undefined
        ? poolerError(direct, 'notifications do not arrive')
        : new StartError(
            `Notifications that are sent through DATABASE_URL (${placeOf(config).server}) do not arrive at DATABASE_DIRECT_URL (${direct.server}). Both must lead to the same database, and DATABASE_DIRECT_URL to no pooler in transaction mode.`,
          );
}
