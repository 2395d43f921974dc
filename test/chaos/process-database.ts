import type { Database, Sql } from '../../src/database/database.js';
import type { QueryOptions } from '../../src/database/sql.js';

export type Moment =
  | { readonly place: 'before' | 'after'; readonly transaction: number }
  | { readonly place: 'inside'; readonly transaction: number; readonly statement: number; readonly text: string };

/** Is called at each moment of a process's transactions. An error thrown inside a transaction rolls it back. */
export interface Observer {
  at(moment: Moment): Promise<void>;
  /** A transaction that sent these statements is about to commit. */
  committing(sql: Sql, statements: readonly string[], claim: string | null): Promise<void>;
  /** The transaction has committed. */
  committed(statements: readonly string[]): Promise<void>;
}

export const NO_OBSERVER: Observer = { at: async () => {}, committing: async () => {}, committed: async () => {} };

/** The process of this database has died: its statements are not executed. */
export class ProcessDeadError extends Error {
  override readonly name = 'ProcessDeadError';
}

/**
 * The database of one process, which can die or stall. Only transactions are counted: the order of statements outside of
 * them (waits that are recorded) is not deterministic.
 */
export class ProcessDatabase implements Database {
  readonly #inner: Database;
  readonly #observer: Observer;
  #transactions = 0;
  #claim: string | null = null;
  #dead = false;
  #stall: Promise<unknown> = Promise.resolve();

  constructor(inner: Database, observer: Observer) {
    this.#inner = inner;
    this.#observer = observer;
  }

  get kind() {
    return this.#inner.kind;
  }
  get prisma() {
    return this.#inner.prisma;
  }
  get missing() {
    return this.#inner.missing;
  }
  get reader() {
    return this;
  }
  get replica() {
    return this.#inner.replica;
  }
  get notifications() {
    return this.#inner.notifications;
  }

  die(): void {
    this.#dead = true;
  }

  /** Delays all of the process's statements until then. */
  stall(until: Promise<unknown>): void {
    this.#stall = until.catch(() => {});
  }

  async query<Row extends object>(
    text: string,
    values: readonly unknown[] = [],
    options?: QueryOptions,
  ): Promise<Row[]> {
    // Taking quota is a transaction of one statement.
    if (text.includes('UPDATE usage_plan')) return this.transaction((sql) => sql.query<Row>(text, values, options));
    await this.#live();
    const rows = await this.#inner.query<Row>(text, values, options);
    await this.#live();
    if (/SET claim = \$1, claimed_by/.test(text) && rows.length > 0) this.#claim = String(values[0]);
    return rows;
  }

  /** Exports are not part of the histories. */
  get makeIndexes() {
    return this.#inner.makeIndexes;
  }
  get readSnapshot() {
    return this.#inner.readSnapshot;
  }

  async transaction<T>(work: (sql: Sql) => Promise<T>, first?: string): Promise<T> {
    await this.#live();
    this.#transactions += 1;
    const transaction = this.#transactions;
    await this.#observer.at({ place: 'before', transaction });
    await this.#live();
    const statements: string[] = [];
    let sent = 0;
    const result = await this.#inner.transaction(async (sql) => {
      const done = await work({
        query: async (text, values, options) => {
          sent += 1;
          await this.#observer.at({ place: 'inside', transaction, statement: sent, text });
          await this.#liveInside();
          statements.push(text);
          return sql.query<never>(text, values, options);
        },
      });
      await this.#liveInside();
      await this.#observer.committing(sql, statements, this.#claim);
      return done;
    }, first);
    await this.#observer.committed(statements);
    await this.#observer.at({ place: 'after', transaction });
    await this.#live();
    return result;
  }

  async close(): Promise<void> {}

  /** PGlite has one session: a transaction that stalls would stall the process that takes over. */
  async #liveInside(): Promise<void> {
    if (this.kind === 'postgres') await this.#stall;
    if (this.#dead) throw new ProcessDeadError('The process has died.');
  }

  async #live(): Promise<void> {
    await this.#stall;
    if (this.#dead) throw new ProcessDeadError('The process has died.');
  }
}
