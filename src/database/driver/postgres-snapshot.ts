import pg from 'pg';
import type { SnapshotQuery, Sql } from '../sql.js';
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
export async function readPostgresSnapshot<Row extends object, T>(
  { settings, prepare, run, cancel }: Connecting,
  query: SnapshotQuery,
  read: (batches: AsyncIterable<readonly Row[]>) => Promise<T>,
): Promise<T> {
  query.signal.throwIfAborted();
  const client = new pg.Client(settings);
  client.on('error', () => {}); // The statement fails.
  let backend: number | undefined;
  const onAbort = () => {
    if (backend !== undefined) cancel(backend).catch(() => {});
  };
  query.signal.addEventListener('abort', onAbort);
  try {
    await client.connect();
    await prepare(client);
    const session: Sql = { query: (text, values = []) => run(client, text, values) };
    await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await session.query(`SET LOCAL idle_in_transaction_session_timeout = ${IDLE_TIMEOUT_MS}`);
    [{ backend }] = (await session.query('SELECT pg_backend_pid() AS backend')) as [{ backend: number }];
    query.signal.throwIfAborted();
    return await read(readByCursor<Row>(session, query));
  } finally {
    query.signal.removeEventListener('abort', onAbort);
    client.end().catch(() => {}); // Not awaited: over a broken network it takes minutes.
  }
}
