import pg from 'pg';
import { LEISURE } from '../commit.js';
import type { PostgresAddress } from './postgres-address.js';

/** A process that stalls inside a transaction loses it, so that another can take its run over: the time of a run's lease. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;

/** What our statements count on, whatever the server, the database, the role or the address is set to. */
const SETTINGS: Readonly<Record<string, string>> = {
  // Who waited for a lock sees what was written meanwhile.
  default_transaction_isolation: 'read committed',
  // Numbers are given exactly, and dates as they are read here. Prisma's adapter takes each instant as UTC.
  extra_float_digits: '1',
  DateStyle: 'ISO, MDY',
  TimeZone: 'UTC',
  standard_conforming_strings: 'on',
  // Compiling a page's statement takes longer than running it.
  jit: 'off',
  // Of a page in the middle of a list PostgreSQL keeps one plan only if it thinks indexes as cheap as memory and flash make
  // them, and plans each anew for as long as it runs.
  random_page_cost: '1.1',
  [LEISURE.name]: LEISURE.value,
};

/**
 * All settings of a session, with their values as `pg_settings` shows them. PostgreSQL cancels a statement before the client
 * gives up, so that no statement goes on for nobody.
 */
export function sessionSettings({ settings, queryTimeoutMs }: PostgresAddress): Readonly<Record<string, string>> {
  const { statement_timeout: asked = '0', ...others } = settings;
  const bounds = [Number.parseInt(asked, 10) || 0, Math.floor((queryTimeoutMs * 5) / 6)].filter((bound) => bound > 0);
  return {
    idle_in_transaction_session_timeout: String(IDLE_IN_TRANSACTION_TIMEOUT_MS),
    ...others,
    ...SETTINGS,
    statement_timeout: String(bounds.length > 0 ? Math.min(...bounds) : 0),
  };
}

/**
 * One statement that sets them, for a new session: a start-up parameter is refused or ignored by poolers, and replaced by
 * `?options=` in the address.
 * @param schema the only one that statements look into; null for the first of the search path that exists
 */
export function settingStatement(settings: Readonly<Record<string, string>>, schema: string | null): string {
  const path =
    schema === null
      ? `coalesce(quote_ident(current_schema()), current_setting('search_path'))`
      : pg.escapeLiteral(pg.escapeIdentifier(schema));
  const all = Object.entries(settings).map(
    ([name, value]) => `set_config(${pg.escapeLiteral(name)}, ${pg.escapeLiteral(value)}, false)`,
  );
  return `SELECT ${[...all, `set_config('search_path', ${path}, false)`].join(', ')}`;
}
