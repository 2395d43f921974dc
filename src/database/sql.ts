import type { PrismaClient } from '../generated/prisma/client.js';

/**
 * Hand-written statements. Values are bound to $1, $2 …; results have bigint columns as bigint, numeric and date columns as
 * text, timestamps as Date, jsonb parsed. Send jsonb as text (`JSON.stringify`), and many rows as columns (binary-columns.ts).
 */
export interface Sql {
  query<Row extends object>(text: string, values?: readonly unknown[], options?: QueryOptions): Promise<Row[]>;
}

export interface QueryOptions {
  /**
   * Prepares the statement once a session: for frequent statements whose best plan is always the same. `requested`: its text
   * depends on what clients ask for, and only the first texts of this kind are prepared, since there is no end of them.
   */
  readonly prepare?: boolean | 'requested';
}

/** A database that runs statements one by one, and in transactions. */
export interface TransactionalSql extends Sql {
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
}

/** Adds a value to a statement and returns the placeholder for it (`$1`). */
export type Bind = (value: unknown) => string;

/** Collects the values of a statement while its text is written, so that no placeholder is numbered by hand. */
export function bindings(): { bind: Bind; values: unknown[] } {
  const values: unknown[] = [];
  return { values, bind: (value) => `$${values.push(value)}` };
}

/** A statement whose rows are read as a file, all as of one moment. */
export interface SnapshotQuery {
  readonly text: string;
  readonly values: readonly unknown[];
  /**
   * `csv`: a row as its cells (RFC 4180, with CRLF): null is empty, an empty text is `""`. `lines`: a row as its only column,
   * a text without control characters, such as JSON, and a line feed.
   */
  readonly format: 'csv' | 'lines';
  /** Ends the statement when it is aborted; the reader then fails. */
  readonly signal: AbortSignal;
}

export interface Snapshots {
  /**
   * Reads the rows of a statement, in a transaction of its own that sees one moment, as chunks of whole rows. Rows are read no
   * faster than chunks are taken. On PostgreSQL it has a connection of its own, so `read` may take minutes. PGlite has one
   * session: all other statements wait until `read` has ended.
   */
  readSnapshot<T>(query: SnapshotQuery, read: (chunks: AsyncIterable<Buffer>) => Promise<T>): Promise<T>;
}

/** Receives each statement that is sent, by hand or by Prisma. For tests that count statements, and for traces. */
export type StatementListener = (text: string) => void;

/** The receiving side of `pg_notify`. A notification only reports that something changed; read the row for its state. */
export interface Notifications {
  /**
   * Calls `listener` with the payload of each notification on the channel, or with null if notifications may have been lost
   * (the session was cut and reconnected).
   * @returns once listening, a function that unsubscribes
   */
  listen(channel: string, listener: NotificationListener): Promise<() => void>;
  /** Whether a notification from another session arrives here; tested at most once in a few seconds. */
  areDelivered(): Promise<boolean>;
}

export type NotificationListener = (payload: string | null) => void;

/** A kind of database; `openDatabase` makes a `Database` of it. */
export interface Driver extends Sql, Snapshots {
  readonly kind: 'pglite' | 'postgres';
  readonly prismaAdapter: ConstructorParameters<typeof PrismaClient>[0]['adapter'] & object;
  readonly notifications: Notifications;
  transaction<T>(work: (sql: DriverSession) => Promise<T>, first?: string): Promise<T>;
  /**
   * Runs statements that can't be in a transaction, without a time limit, on PostgreSQL on a connection of its own.
   * @param signal cuts that connection; PostgreSQL completes the statement that it runs
   */
  outsideTransactions<T>(work: (sql: Sql) => Promise<T>, signal?: AbortSignal): Promise<T>;
  close(): Promise<void>;
}

export interface DriverSession extends Sql {
  /** Runs several statements without values, without a time limit. */
  exec(script: string): Promise<void>;
}
