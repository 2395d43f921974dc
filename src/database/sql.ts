import type { PrismaClient } from '../generated/prisma/client.js';
import type { Changes } from './driver/notifications.js';

/**
 * Statements by hand. Values are bound to $1, $2 …; bigint columns come as bigint, numeric and date columns as text,
 * instants as Date, jsonb as what it holds. Send jsonb as text (`JSON.stringify`), and many rows as columns (columns.ts).
 */
export interface Sql {
  query<Row extends object>(text: string, values?: readonly unknown[], options?: QueryOptions): Promise<Row[]>;
}

export interface QueryOptions {
  /** Parsed, and soon planned, once a session: for statements that are sent often, whose best plan is always the same. */
  readonly prepare?: boolean;
}

/** Adds a value to a statement and returns the placeholder for it (`$1`). */
export type Bind = (value: unknown) => string;

/** Collects the values of a statement while its text is written, so that no placeholder is numbered by hand. */
export function bindings(): { bind: Bind; values: unknown[] } {
  const values: unknown[] = [];
  return { values, bind: (value) => `$${values.push(value)}` };
}

/** Sees each statement that is sent, whoever sends it. For tests that count, and for traces. */
export type StatementListener = (text: string) => void;

/** What a kind of database brings; `openDatabase` makes a `Database` of it. */
export interface Driver extends Sql {
  readonly kind: 'pglite' | 'postgres';
  readonly prismaAdapter: ConstructorParameters<typeof PrismaClient>[0]['adapter'] & object;
  readonly changes: Changes;
  transaction<T>(work: (sql: DriverSession) => Promise<T>, first?: string): Promise<T>;
  close(): Promise<void>;
}

export interface DriverSession extends Sql {
  /** Several statements at once, without values, for as long as they take. */
  exec(script: string): Promise<void>;
}
