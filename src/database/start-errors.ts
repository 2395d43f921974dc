import pg from 'pg';
import type { DatabaseConfig, PostgresAddress } from '../config/config.js';
import { StartError } from '../core/errors.js';
import { type Place, placeOf } from './driver/postgres-settings.js';
import { isConnectionLoss } from './errors.js';

interface Fault {
  /** An SQLSTATE, or a network or TLS code. */
  readonly code: string;
  readonly message: string;
}

/** An error that names its address and what to change there: it is not explained again by another address. */
class ExplainedError extends StartError {}

/**
 * Converts an error at the start to a StartError, one line with what to change, if the database returned an error or the
 * connection was lost. Returns any other error unchanged, also one that was converted for the address that it comes from.
 */
export function startErrorOf(error: unknown, config: DatabaseConfig): unknown {
  if (error instanceof ExplainedError) return error;
  const found = faultIn(error);
  const isOfDatabase = found && (isState(found.code) || (!(error instanceof StartError) && isConnectionLoss(error)));
  return isOfDatabase ? explained(error, found, config) : error;
}

/** Converts any error while connecting to a StartError; network and TLS errors count too. */
export function connectErrorOf(error: unknown, address: PostgresAddress): unknown {
  if (error instanceof StartError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return explained(error, faultIn(error) ?? { code: '', message }, { kind: 'postgres', ...address });
}

function explained(error: unknown, found: Fault, config: DatabaseConfig): StartError {
  const place = config.kind === 'postgres' ? placeOf(config) : null;
  const advice = adviceOn(found.code, found.message, place);
  if (error instanceof StartError) return new ExplainedError(`${error.message}. ${advice}`, { cause: error });
  const what = place ? `PostgreSQL at ${place.server}` : 'The embedded database';
  return new ExplainedError(`${what} can't be used: ${found.message.split('\n')[0]}. ${advice}`, { cause: error });
}

/** The error for a pooler that gives a client another session of PostgreSQL for each transaction. */
export function poolerError(place: Place, what: string): StartError {
  return new StartError(`PostgreSQL at ${place.server} can't be used: ${what}. ${poolerAdvice(place)}.`);
}

const POOL_SIZE =
  'A process takes up to 13 connections: a pooler before PostgreSQL must have as many (default_pool_size)';

function poolerAdvice({ variable }: Place): string {
  return variable === 'DATABASE_URL'
    ? 'DATABASE_URL leads to a connection pooler in transaction mode: set DATABASE_DIRECT_URL to the address of the same database without it (Supabase: port 5432 in place of 6543; Neon: the host without -pooler; PgBouncer: PostgreSQL itself), or set PgBouncer to pool_mode = session'
    : `${variable} leads to a connection pooler in transaction mode: set it to the address of PostgreSQL itself, or of a pooler in session mode (Supabase: port 5432; Neon: the host without -pooler)`;
}

/** The next step for an SQLSTATE or a code of the network or of TLS; the first match counts. */
const ADVICE: readonly (readonly [codes: RegExp, advice: (place: Place, message: string) => string])[] = [
  [
    /^28P01$/,
    ({ role, variable }) =>
      `Correct the password of the role ${role} in ${variable} (special characters percent-encoded), or set it: ALTER ROLE ${role} PASSWORD '…'`,
  ],
  [
    /^28/,
    ({ role, variable }, message) =>
      /no encryption/.test(message)
        ? `The server accepts encrypted connections only: add ?sslmode=verify-full to ${variable}`
        : `Check the role in ${variable} (CREATE ROLE ${role} LOGIN PASSWORD '…'), and that pg_hba.conf allows it from this machine`,
  ],
  [/^3D000$/, ({ database }) => `Create the database: CREATE DATABASE ${database} ENCODING 'UTF8' TEMPLATE template0`],
  [
    /^42501$/,
    ({ role, database }, message) => {
      if (/for database/.test(message)) return `GRANT CONNECT, TEMPORARY ON DATABASE ${database} TO ${role}`;
      const schema = /for schema (.+)$/.exec(message)?.[1];
      if (schema) return `GRANT USAGE, CREATE ON SCHEMA ${pg.escapeIdentifier(schema)} TO ${role}`;
      if (/must be owner/.test(message))
        return `Make ${role} the owner of Ordermirror's tables: REASSIGN OWNED BY … TO ${role}`;
      return `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA … TO ${role}; GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA … TO ${role}`;
    },
  ],
  [
    /^25006$/,
    ({ database, role, variable }) =>
      `Ordermirror must write to it. Use the address of the primary in ${variable}, or end the read-only mode: ALTER DATABASE ${database} SET default_transaction_read_only = off; ALTER ROLE ${role} SET default_transaction_read_only = off`,
  ],
  [
    /^53300$/,
    ({ database, role }) =>
      `A process takes up to 13 connections: raise the limit: ALTER ROLE ${role} CONNECTION LIMIT 30, ALTER DATABASE ${database} CONNECTION LIMIT 30, or max_connections`,
  ],
  [/^53100$/, () => 'Free space on the disk of the database'],
  [/^53/, () => 'Give the database server more memory, or less work'],
  [/^(42P05|26000)$/, poolerAdvice],
  [
    /^08P01$/,
    (place, message) =>
      /startup parameter/.test(message)
        ? `Remove \`options\` and other settings from ${place.variable}, or make PgBouncer ignore them (ignore_startup_parameters)`
        : /wait_timeout|no more connections/.test(message)
          ? POOL_SIZE
          : /statement pooling/.test(message)
            ? 'Set PgBouncer to pool_mode = transaction or session: in statement mode it refuses transactions'
            : poolerAdvice(place),
  ],
  [
    /^NO_PRIMARY$/,
    ({ variable }) => `Start the primary, or promote a standby (pg_ctl promote); ${variable} must name it`,
  ],
  [/^57P03$/, () => 'The server is not ready yet: start Ordermirror again shortly'],
  [/^(08|40|55|57|58)/, () => 'This may be temporary: start Ordermirror again'],
  [
    /^42(P07|710|723)$/,
    ({ database }) =>
      `Another program has tables there. Give Ordermirror a database of its own, other than ${database}: CREATE DATABASE ordermirror ENCODING 'UTF8' TEMPLATE template0`,
  ],
  [/^(42|22|23)/, () => 'The tables are not as Ordermirror created them: restore a backup, or use an empty database'],
  [/^XX/, () => 'The database is damaged, or the server has a bug: see its log, and restore a backup'],
  [
    /^(SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_(GET|VERIFY)|CERT_UNTRUSTED|INVALID_CA)/,
    ({ variable }) =>
      `The certificate is not from an authority that Node trusts: add ?sslrootcert=/path/to/ca.crt to ${variable}, or set NODE_EXTRA_CA_CERTS to that file (sslmode=no-verify encrypts without checking the server)`,
  ],
  [
    /^(CERT_|CRL_|ERR_TLS_CERT|HOSTNAME_MISMATCH)/,
    ({ variable }) =>
      `Use the host name of the certificate in ${variable}, or renew the certificate (sslmode=no-verify encrypts without checking the server)`,
  ],
  [/^NO_TLS$/, ({ variable }) => `Set sslmode=disable in ${variable}, or turn on \`ssl\` on the server`],
  [
    /^ENOENT$|^EACCES$/,
    ({ variable }, message) =>
      /^connect /.test(message)
        ? `Check that PostgreSQL runs and listens at that socket, and the folder and the port in ${variable}`
        : `sslrootcert, sslcert and sslkey in ${variable} must name readable files`,
  ],
];

function adviceOn(code: string, message: string, place: Place | null): string {
  const advice = ADVICE.find(([codes]) => codes.test(code))?.[1];
  if (place) {
    if (advice) return `${advice(place, message)}.`;
    if (isState(code)) return `It is SQLSTATE ${code}: see the log of the server, or report it.`;
    if (/timeout/.test(message)) return `Check that the network to it is open. ${POOL_SIZE}.`;
    return `Check that it runs and that ${place.variable} (host, database, user, password) is right.`;
  }
  if (code === '53100') return 'Free space on its disk.';
  return `It is SQLSTATE ${code}: restore DATA_DIR from a backup, or report it.`;
}

/** Finds the error of the database, of the network or of TLS; Prisma wraps PostgreSQL's errors in its own. */
function faultIn(error: unknown): Fault | null {
  if (typeof error !== 'object' || error === null) return null;
  const { code, message, originalCode, originalMessage, cause, meta, errors } = error as Record<string, unknown>;
  if (isState(originalCode)) return { code: originalCode, message: String(originalMessage) };
  const inner =
    faultIn(cause) ??
    faultIn((meta as Record<string, unknown> | undefined)?.driverAdapterError) ??
    faultIn(errors?.[0 as never]);
  if (inner) return inner;
  if (isState(code) || isNetworkOrTls(error, code)) return { code: String(code), message: String(message) };
  return error instanceof Error && /does not support SSL/.test(error.message)
    ? { code: 'NO_TLS', message: error.message }
    : null;
}

/** Whether it is an SQLSTATE: five letters and digits, unlike Prisma's codes (P2002). */
function isState(code: unknown): code is string {
  return typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) && !/^P[1-6]/.test(code);
}

function isNetworkOrTls(error: object, code: unknown): boolean {
  if (typeof code !== 'string') return false;
  return (
    'syscall' in error ||
    /^(NO_PRIMARY|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|CERT_|CRL_|ERR_TLS|HOSTNAME_MISMATCH|INVALID_CA)/.test(code)
  );
}
