import pg from 'pg';
import type { PostgresAddress, PostgresConfig } from '../../config/config.js';
import { type Host, parsePostgresAddresses, postgresHostOf } from '../../config/postgres-address.js';
import { StartError } from '../../core/errors.js';

/** pg takes `query_timeout` with each query, which its types lack. */
export interface QueryWithTimeout extends pg.QueryConfig {
  readonly query_timeout: number;
}

/** The parts of an address: what pg connects with, and what is set on each session afterwards. */
export interface PostgresSettings {
  /** For pg, without the parameters that became other members; of the first host if there are several. */
  readonly connectionString: string;
  /** One or several, of which the primary is used. */
  readonly hosts: readonly Host[];
  /** `?target_session_attrs=primary`: a primary that is read-only by default counts among several hosts. */
  readonly mayBeReadOnly: boolean;
  /** `?schema=`, as in Prisma; null for the first schema of the role's search path. */
  readonly schema: string | null;
  /** Time without an answer after which the client gives a session up, in milliseconds; 0: never. */
  readonly queryTimeoutMs: number;
  /** Settings of each session, by their names and with their values as in `pg_settings`. */
  readonly session: Readonly<Record<string, string>>;
}

/** A broken network sends no error: a session whose statement gets no answer for this long counts as lost. */
const QUERY_TIMEOUT_MS = 30_000;
/** As long as a run's lease: a process that stalls in a transaction loses it, so that another can take over its run. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;
/** pg sends these as start-up parameters, which PgBouncer refuses. */
const URL_SETTINGS = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];
/** What PostgreSQL and timers take: up to 2^31 - 1. */
const MILLISECONDS = /^(0|[1-9]\d{0,8})$/;
/** Modes that pg treats as `verify-full`, with a warning in plain text. */
const VERIFIED_MODES = new Set(['prefer', 'require', 'verify-ca']);

/** Values of libpq's `target_session_attrs` that stand for a server to write to. */
const WRITABLE_TARGETS = new Set(['read-write', 'primary']);

/** Settings that our statements rely on; they override those of the server, the database, the role and the address. */
const FIXED_SETTINGS: Readonly<Record<string, string>> = {
  // A statement that waited for a lock sees what was committed before it got it.
  default_transaction_isolation: 'read committed',
  // The formats that the parsers here expect. Prisma's adapter takes each timestamp as UTC.
  extra_float_digits: '1',
  DateStyle: 'ISO, MDY',
  TimeZone: 'UTC',
  standard_conforming_strings: 'on',
  // Compiling the statement of a page takes longer than running it.
  jit: 'off',
  // With the default of 4, PostgreSQL plans the statement of a page in the middle of a list anew each time, which takes as
  // long as running it.
  random_page_cost: '1.1',
};

/**
 * @param usualTimeoutMs without `?query_timeout=`
 * @throws {StartError} for a time-out that is no number, or a kind of server that can't be written to
 */
export function parseAddress(
  { url: text, variable = 'DATABASE_URL' }: PostgresAddress,
  usualTimeoutMs = QUERY_TIMEOUT_MS,
): PostgresSettings {
  const [url, ...others] = addressesIn(text);
  const parameters = url.searchParams;
  const take = (name: string) => {
    const value = parameters.get(name);
    parameters.delete(name);
    return value;
  };
  const takeMilliseconds = (name: string) => {
    const value = take(name) || null;
    if (value !== null && !MILLISECONDS.test(value))
      throw new StartError(
        `${variable} has ${name}=${value}. It may be a number of milliseconds, such as ${name}=30000, or 0 for no limit.`,
      );
    return value;
  };
  const fromUrl = Object.fromEntries(
    URL_SETTINGS.flatMap((name) => {
      const value = takeMilliseconds(name);
      return value === null ? [] : [[name, value]];
    }),
  );
  if (VERIFIED_MODES.has(parameters.get('sslmode') ?? '') && !parameters.has('uselibpqcompat'))
    parameters.set('sslmode', 'verify-full');
  const queryTimeoutMs = Number(takeMilliseconds('query_timeout') ?? usualTimeoutMs);
  const target = take('target_session_attrs') || null;
  if (target !== null && !WRITABLE_TARGETS.has(target) && !(target === 'any' && others.length === 0))
    throw new StartError(
      `${variable} has target_session_attrs=${target}. Ordermirror writes to the database: use read-write or primary.`,
    );
  return {
    schema: take('schema') || null,
    queryTimeoutMs,
    session: {
      idle_in_transaction_session_timeout: String(IDLE_IN_TRANSACTION_TIMEOUT_MS),
      ...fromUrl,
      ...FIXED_SETTINGS,
      statement_timeout: String(statementTimeout(fromUrl.statement_timeout, queryTimeoutMs)),
    },
    connectionString: url.href,
    hosts: [url, ...others].map(postgresHostOf),
    mayBeReadOnly: target === 'primary',
  };
}

/** One for each host. */
function addressesIn(address: string): readonly [URL, ...URL[]] {
  const addresses = parsePostgresAddresses(address);
  if (!addresses) throw new TypeError('This is no address of PostgreSQL.');
  return addresses;
}

/** PostgreSQL cancels a statement before the client gives up, so that none keeps running without a client. */
function statementTimeout(fromUrl: string | undefined, queryTimeoutMs: number): number {
  const limits = [Number(fromUrl ?? 0), Math.floor((queryTimeoutMs * 5) / 6)].filter((limit) => limit > 0);
  return limits.length > 0 ? Math.min(...limits) : 0;
}

/**
 * Returns a statement that sets all settings of a new session, or with `isLocal` of the transaction it is part of. Start-up parameters can't be used: poolers refuse or ignore
 * them, and `?options=` in the address replaces them.
 * @param schema the only one that statements look into; null for the first existing one of the search path
 */
export function settingStatement(
  session: Readonly<Record<string, string>>,
  schema: string | null,
  isLocal: boolean,
): string {
  const path =
    schema === null
      ? `coalesce(quote_ident(current_schema()), current_setting('search_path'))`
      : pg.escapeLiteral(pg.escapeIdentifier(schema));
  const all = Object.entries(session).map(
    ([name, value]) => `set_config(${pg.escapeLiteral(name)}, ${pg.escapeLiteral(value)}, ${isLocal})`,
  );
  return `SELECT ${[...all, `set_config('search_path', ${path}, ${isLocal})`].join(', ')}`;
}

/** Returns a script that does the same at the begin of a transaction. It is no query: SET TRANSACTION may follow. */
export function settingScript(session: Readonly<Record<string, string>>, schema: string | null): string {
  const path = schema === null ? [] : [`SET LOCAL search_path = ${pg.escapeIdentifier(schema)}`];
  const all = Object.entries(session).map(([name, value]) => `SET LOCAL ${name} = ${pg.escapeLiteral(value)}`);
  return [...all, ...path].join('; ');
}

export type Place = ReturnType<typeof placeOf>;

/** Variable, server (all of its hosts), database and role of an address, for error texts: never the password. */
export function placeOf({ url, variable = 'DATABASE_URL' }: PostgresAddress) {
  const addresses = addressesIn(url);
  const { pathname, username } = addresses[0];
  const hosts = addresses.map(postgresHostOf);
  const role = decoded(username) || 'postgres';
  const database = decoded(pathname.slice(1)) || role;
  const servers = hosts.map(({ host, port }) =>
    host.startsWith('/') ? `${host}/.s.PGSQL.${port} (${database})` : `${host}:${port}${pathname}`,
  );
  return {
    variable,
    hosts,
    server: servers.join(', '),
    database: pg.escapeIdentifier(database),
    role: pg.escapeIdentifier(role),
  };
}

/** The config of the address that keeps sessions, and whose role owns the tables: DATABASE_DIRECT_URL if it is set. */
export function ownerConfigOf(config: PostgresConfig): PostgresConfig {
  const { directUrl, schema } = config;
  if (directUrl === undefined) return config;
  const named = schema ?? parseAddress(config).schema ?? undefined;
  return { url: directUrl, variable: 'DATABASE_DIRECT_URL', schema: named };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
