import pg from 'pg';
import type { SnapshotQuery } from '../sql.js';
import { readByCursor } from './cursor.js';

/** The reader may be a client that pauses; one that is lost is cut long before. PostgreSQL ends what a stalled process left. */
const IDLE_TIMEOUT_MS = 15 * 60_000;

interface Connecting {
  readonly settings: pg.ClientConfig;
  /** Prepares a new session like all others. */
  readonly prepare: (client: pg.ClientBase) => Promise<void>;
  /** Runs a statement on the session. */
  readonly run: <Row extends object>(client: pg.ClientBase, text: string, values: readonly unknown[]) => Promise<Row[]>;
  /** Ends the statement that this backend runs, by another session. */
  readonly cancel: (backend: number) => Promise<unknown>;
}

/** Reads a statement on a connection of its own, so that a slow reader takes none of the pool's. */
export async function readPostgresSnapshot<T>(
  { settings, prepare, run, cancel }: Connecting,
  snapshot: SnapshotQuery,
  read: (batches: AsyncIterable<readonly string[]>) => Promise<T>,
): Promise<T> {
  snapshot.signal.throwIfAborted();
  const client = new pg.Client(settings);
  client.on('error', () => {}); // The statement fails.
  let backend: number | undefined;
  const onAbort = () => {
    if (backend !== undefined) cancel(backend).catch(() => {});
  };
  snapshot.signal.addEventListener('abort', onAbort);
  try {
    await client.connect();
    await prepare(client);
    const query = (text: string, values: readonly unknown[] = []) => run(client, text, values);
    await query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await query(`SET LOCAL idle_in_transaction_session_timeout = ${IDLE_TIMEOUT_MS}`);
    [{ backend }] = (await query('SELECT pg_backend_pid() AS backend')) as [{ backend: number }];
    snapshot.signal.throwIfAborted();
    return await read(readByCursor({ query, lines: (text) => readLines(client, text) }, snapshot));
  } finally {
    snapshot.signal.removeEventListener('abort', onAbort);
    client.end().catch(() => {}); // Not awaited: over a broken network it takes minutes.
  }
}

/** What `pg` calls of a query that receives its rows itself (pg: client.query, `submit`). */
interface LinesQuery extends pg.Submittable {
  /** `pg` replaces it when the client has a query_timeout. */
  callback: (error: Error | null) => void;
  handleRowDescription(): void;
  handleDataRow(message: { fields: readonly string[] }): void;
  handleCommandComplete(): void;
  handleReadyForQuery(): void;
  handleError(error: Error): void;
}

/** Returns the only column of the rows, without what `pg` does for each row: that takes half of the time of an export. */
function readLines(client: pg.ClientBase, text: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const lines: string[] = [];
    const query: LinesQuery = {
      callback: (error) => (error ? reject(error) : resolve(lines)),
      submit: (connection) => connection.query(text),
      handleRowDescription: () => {},
      handleDataRow: ({ fields }) => void lines.push(fields[0] as string),
      handleCommandComplete: () => {},
      handleReadyForQuery: () => query.callback(null),
      handleError: (error) => query.callback(error),
    };
    client.query(query);
  });
}
