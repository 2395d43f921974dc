import type { DatabaseConfig } from '../config/config.js';
import { StartError } from '../core/errors.js';
import { isConnectionLoss } from './connection-loss.js';
import { placeOf } from './driver/postgres-address.js';

interface Fault {
  /** An SQLSTATE, or a code of the network or of TLS. */
  readonly code: string;
  readonly message: string;
}

type Place = ReturnType<typeof placeOf>;

/**
 * An error that a start met, as one that says in one line what to change, if the database refused or was lost. Any other
 * error is returned as it is.
 */
export function startErrorOf(error: unknown, config: DatabaseConfig): unknown {
  const found = faultIn(error);
  const isOfDatabase = found && (isState(found.code) || (!(error instanceof StartError) && isConnectionLoss(error)));
  return isOfDatabase ? explained(error, found, config) : error;
}

/** The same of an error that was met while connecting: network and TLS are the database's, too. */
export function connectErrorOf(error: unknown, url: string): unknown {
  if (error instanceof StartError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return explained(error, faultIn(error) ?? { code: '', message }, { kind: 'postgres', url });
}

function explained(error: unknown, found: Fault, config: DatabaseConfig): StartError {
  const place = config.kind === 'postgres' ? placeOf(config.url) : null;
  const advice = adviceOn(found.code, found.message, place);
  if (error instanceof StartError)
    return error.message.endsWith(advice) ? error : new StartError(`${error.message}. ${advice}`, { cause: error });
  const what = place ? `PostgreSQL at ${place.server}` : 'The embedded database';
  return new StartError(`${what} can't be used: ${found.message.split('\n')[0]}. ${advice}`, { cause: error });
}

/** The address leads to a pooler that gives the statements of a session to different sessions of PostgreSQL. */
export function poolerError(server: string, what: string): StartError {
  return new StartError(`PostgreSQL at ${server} can't be used: ${what}. ${POOLER}`);
}

const POOL_SIZE =
  'A process takes up to 11 connections: a pooler before PostgreSQL must have as many (default_pool_size)';

const POOLER =
  'DATABASE_URL leads to a connection pooler that gives each transaction another session: set PgBouncer to pool_mode = session (Supabase: port 5432), or name the address of PostgreSQL itself.';

/** What to do about an SQLSTATE or a code of the network or of TLS. The first that fits. */
const ADVICE: readonly (readonly [codes: RegExp, advice: (place: Place, message: string) => string])[] = [
  [
    /^28P01$/,
    ({ role }) =>
      `Correct the password of the role ${role} in DATABASE_URL (special characters percent-encoded), or set it: ALTER ROLE ${role} PASSWORD '…'`,
  ],
  [
    /^28/,
    ({ role }, message) =>
      /no encryption/.test(message)
        ? 'The server takes encrypted connections only: add ?sslmode=verify-full to DATABASE_URL'
        : `Check the role in DATABASE_URL (CREATE ROLE ${role} LOGIN PASSWORD '…'), and that pg_hba.conf lets it in from this machine`,
  ],
  [/^3D000$/, ({ database }) => `Create the database: CREATE DATABASE ${database} ENCODING 'UTF8' TEMPLATE template0`],
  [
    /^42501$/,
    ({ role, database }, message) => {
      if (/for database/.test(message)) return `GRANT CONNECT, TEMPORARY ON DATABASE ${database} TO ${role}`;
      const schema = /for schema (.+)$/.exec(message)?.[1];
      if (schema) return `GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${role}`;
      if (/must be owner/.test(message))
        return `Make ${role} the owner of all that Ordermirror has made: REASSIGN OWNED BY … TO ${role}`;
      return `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA … TO ${role}; GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA … TO ${role}`;
    },
  ],
  [
    /^25006$/,
    ({ database, role }) =>
      `Ordermirror must write. Name the primary in DATABASE_URL, or end the read-only mode: ALTER DATABASE ${database} SET default_transaction_read_only = off; ALTER ROLE ${role} SET default_transaction_read_only = off`,
  ],
  [
    /^53300$/,
    ({ database, role }) =>
      `A process takes up to 11 connections: raise the limit that is reached: ALTER ROLE ${role} CONNECTION LIMIT 30, ALTER DATABASE ${database} CONNECTION LIMIT 30, or max_connections`,
  ],
  [/^53100$/, () => 'Make room on the disk of the database'],
  [/^53/, () => 'Give the database server more memory, or fewer tasks'],
  [/^(42P05|26000)$/, () => POOLER],
  [
    /^08P01$/,
    (_place, message) =>
      /startup parameter/.test(message)
        ? 'Take `options` and other settings out of DATABASE_URL, or have PgBouncer ignore them (ignore_startup_parameters)'
        : /wait_timeout|no more connections/.test(message)
          ? POOL_SIZE
          : POOLER,
  ],
  [/^57P03$/, () => 'The server is not ready yet: start Ordermirror again in a moment'],
  [/^(08|40|55|57|58)/, () => 'It may pass: start Ordermirror again'],
  [
    /^42(P07|710|723)$/,
    ({ database }) =>
      `Another program has its own tables there. Give Ordermirror a database of its own, other than ${database}: CREATE DATABASE ordermirror ENCODING 'UTF8' TEMPLATE template0`,
  ],
  [/^(42|22|23)/, () => 'The tables are not as Ordermirror made them: restore a backup, or use an empty database'],
  [/^XX/, () => 'The database is damaged, or the server has a fault: look into its log, and restore a backup'],
  [
    /^(SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_(GET|VERIFY)|CERT_UNTRUSTED|INVALID_CA)/,
    () =>
      'The certificate is of an authority that Node does not know: add ?sslrootcert=/path/to/ca.crt to DATABASE_URL, or set NODE_EXTRA_CA_CERTS to that file (sslmode=no-verify encrypts without checking who answers)',
  ],
  [
    /^(CERT_|CRL_|ERR_TLS_CERT|HOSTNAME_MISMATCH)/,
    () =>
      'Name the host in DATABASE_URL as the certificate does, or renew the certificate (sslmode=no-verify encrypts without checking who answers)',
  ],
  [/^NO_TLS$/, () => 'Set sslmode=disable in DATABASE_URL, or turn on `ssl` on the server'],
  [/^ENOENT$|^EACCES$/, () => 'sslrootcert, sslcert and sslkey in DATABASE_URL must name files that can be read'],
];

function adviceOn(code: string, message: string, place: Place | null): string {
  const advice = ADVICE.find(([codes]) => codes.test(code))?.[1];
  if (place) {
    if (advice) return `${advice(place, message)}.`;
    if (isState(code)) return `It is SQLSTATE ${code}: see the log of the server, or report it.`;
    if (/timeout/.test(message)) return `Check that the network to it is open. ${POOL_SIZE}.`;
    return 'Check that it runs and that DATABASE_URL (host, database, user, password) is right.';
  }
  if (code === '53100') return 'Make room on its disk.';
  return `It is SQLSTATE ${code}: restore DATA_DIR from a backup, or report it.`;
}

/** The error of the database, of the network to it or of TLS; Prisma keeps PostgreSQL's own within its own. */
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

/** SQLSTATEs have five letters and digits; Prisma's own codes (P2002) look alike. */
function isState(code: unknown): code is string {
  return typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) && !/^P[1-6]/.test(code);
}

function isNetworkOrTls(error: object, code: unknown): boolean {
  if (typeof code !== 'string') return false;
  return (
    'syscall' in error ||
    /^(SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|CERT_|CRL_|ERR_TLS|HOSTNAME_MISMATCH|INVALID_CA)/.test(code)
  );
}
