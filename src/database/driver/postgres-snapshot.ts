import pg from 'pg';
import type { SnapshotQuery } from '../sql.js';
import { CopiedRows } from './copied-rows.js';

/** Time of a whole snapshot: its reader may be a client that pauses. PostgreSQL ends what a stalled process left. */
const TIMEOUT_MS = 2 * 60 * 60_000;

interface Connecting {
  readonly connect: () => Promise<pg.Client>;
  /** Checks the session of the transaction, before the statement. */
  readonly check?: (client: pg.Client) => Promise<void>;
  readonly onStatement: (text: string) => void;
  /** Ends the statement that this backend runs, by another session. */
  readonly cancel: (backend: number) => Promise<unknown>;
}

/**
 * What `COPY` takes to write rows as each format. JSON has no control characters, so that no line of it is quoted or escaped.
 */
const COPY_OPTIONS: Readonly<Record<SnapshotQuery['format'], string>> = {
  csv: 'FORMAT csv',
  lines: `FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02'`,
};
const LINE_ENDS: Readonly<Record<SnapshotQuery['format'], string>> = { csv: '\r\n', lines: '\n' };

/** Reads a statement by `COPY`, on a connection of its own, so that a slow reader takes none of the pool's. */
export async function readPostgresSnapshot<T>(
  { connect, check, onStatement, cancel }: Connecting,
  { text, values, format, signal }: SnapshotQuery,
  read: (chunks: AsyncIterable<Buffer>) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const client = await connect();
  let backend: number | undefined;
  let rows: CopiedRows | undefined;
  const onAbort = () => {
    if (backend !== undefined) cancel(backend).catch(() => {});
    // A backend that waits for its reader can't be cancelled; it ends when the connection does.
    rows?.cut(signal.reason);
  };
  signal.addEventListener('abort', onAbort);
  try {
    signal.throwIfAborted();
    await client.query(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${TIMEOUT_MS}`);
    await check?.(client);
    const { rows: found } = await client.query<{ backend: number }>('SELECT pg_backend_pid() AS backend');
    backend = found[0]?.backend;
    signal.throwIfAborted();
    const copy = `COPY (${withLiterals(text, values)}) TO STDOUT (${COPY_OPTIONS[format]})`;
    onStatement(copy);
    rows = new CopiedRows(copy, LINE_ENDS[format]);
    client.query(rows);
    return await read(rows.chunks());
  } finally {
    signal.removeEventListener('abort', onAbort);
    rows?.cut();
    client.end().catch(() => {}); // Not awaited: over a broken network it takes minutes.
  }
}

/** Returns the statement with its values in place of `$1` …, since `COPY` takes none. They are typed by their place, as those are. */
function withLiterals(text: string, values: readonly unknown[]): string {
  return text.replace(/\$(\d+)/g, (_, number) => literal(values[Number(number) - 1]));
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (Array.isArray(value)) return `ARRAY[${value.map(literal).join(', ')}]`;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return `(${value})`;
  if (typeof value === 'string') return pg.escapeLiteral(value);
  throw new TypeError(`A value of this type can't be written into a statement: ${typeof value}.`);
}
