import pg from 'pg';

/** `DATABASE_URL`, taken apart: what pg gets, and what is set on each session by `SET` in place of a start-up parameter. */
export interface PostgresAddress {
  /** For pg: without what is in the other members. */
  readonly connectionString: string;
  /** `?schema=`, as Prisma has it; null where the search path of the role decides. */
  readonly schema: string | null;
  /** After so long without an answer the client gives a session up, in milliseconds; 0: never. */
  readonly queryTimeoutMs: number;
  /** Settings of sessions that the address asks for, by their names in PostgreSQL. */
  readonly settings: Readonly<Record<string, string>>;
}

/** A network that swallows all sends no error: a statement without an answer for so long means that the session is lost. */
const QUERY_TIMEOUT_MS = 30_000;
/** pg sends these as start-up parameters, which PgBouncer refuses. */
const SETTINGS = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];
/** Modes that pg treats as `verify-full`, with a warning in plain text. */
const VERIFIED_MODES = new Set(['prefer', 'require', 'verify-ca']);

export function readAddress(address: string): PostgresAddress {
  const url = new URL(address);
  const parameters = url.searchParams;
  const take = (name: string) => {
    const value = parameters.get(name);
    parameters.delete(name);
    return value;
  };
  const settings = SETTINGS.flatMap((name) => {
    const value = take(name);
    return value === null ? [] : [[name, value] as const];
  });
  if (VERIFIED_MODES.has(parameters.get('sslmode') ?? '') && !parameters.has('uselibpqcompat'))
    parameters.set('sslmode', 'verify-full');
  return {
    schema: take('schema') || null,
    queryTimeoutMs: milliseconds(take('query_timeout')) ?? QUERY_TIMEOUT_MS,
    settings: Object.fromEntries(settings),
    connectionString: url.href,
  };
}

/** Where an address leads to, for error texts: never the password. */
export function placeOf(address: string): { server: string; database: string; role: string } {
  const { hostname, port, pathname, username } = new URL(address);
  const role = decoded(username) || 'postgres';
  const database = decoded(pathname.slice(1)) || role;
  return {
    server: `${hostname}:${port || 5432}${pathname}`,
    database: pg.escapeIdentifier(database),
    role: pg.escapeIdentifier(role),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function milliseconds(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}
