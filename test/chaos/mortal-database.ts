import type { Database, Sql } from '../../src/database/database.js';
import type { QueryOptions } from '../../src/database/sql.js';

export type Moment =
  | { readonly place: 'before' | 'after'; readonly transaction: number }
  | { readonly place: 'inside'; readonly transaction: number; readonly statement: number; readonly text: string };

/** What happens at each moment of a process's life with the database. A throw inside a transaction rolls it back. */
export interface Witness {
  at(moment: Moment): Promise<void>;
  /** A transaction is about to commit, having sent these statements, but for comparisons that wrote nothing. */
  committing(sql: Sql, statements: readonly string[], claim: string | null): Promise<void>;
  /** The process learns that its transaction is in. */
  committed(statements: readonly string[]): Promise<void>;
}

export const IDLE: Witness = { at: async () => {}, committing: async () => {}, committed: async () => {} };

/** The process behind this database is dead: nothing that it tries happens any more. */
export class Dead extends Error {
  override readonly name = 'Dead';
}

/**
 * A database as one process sees it: the same as others see, until the process dies. Only transactions are counted,
 * since what runs besides them (waits that are shown) keeps no fixed place among them.
 */
export class MortalDatabase implements Database {
  readonly #inner: Database;
  readonly #witness: Witness;
  #transactions = 0;
  #claim: string | null = null;
  #dead = false;
  #stall: Promise<unknown> = Promise.resolve();

  constructor(inner: Database, witness: Witness) {
    this.#inner = inner;
    this.#witness = witness;
  }

  get kind() {
    return this.#inner.kind;
  }
  get prisma() {
    return this.#inner.prisma;
  }
  get notifications() {
    return this.#inner.notifications;
  }

  die(): void {
    this.#dead = true;
  }

  /** Until then nothing of the process goes on: neither what writes a page, nor what reads the next one meanwhile. */
  stall(until: Promise<unknown>): void {
    this.#stall = until.catch(() => {});
  }

  async query<Row extends object>(
    text: string,
    values: readonly unknown[] = [],
    options?: QueryOptions,
  ): Promise<Row[]> {
    // A page of which nothing is new or changed is a transaction of one statement, and so is the taking of quota.
    if (text.includes('SET pages = ') || text.includes('UPDATE usage_plan'))
      return this.transaction((sql) => sql.query<Row>(text, values, options));
    await this.#live();
    const rows = await this.#inner.query<Row>(text, values, options);
    await this.#live();
    if (/SET claim = \$1, claimed_by/.test(text) && rows.length > 0) this.#claim = String(values[0]);
    return rows;
  }

  async transaction<T>(work: (sql: Sql) => Promise<T>, first?: string): Promise<T> {
    await this.#live();
    this.#transactions += 1;
    const transaction = this.#transactions;
    await this.#witness.at({ place: 'before', transaction });
    await this.#live();
    const statements: string[] = [];
    let sent = 0;
    const result = await this.#inner.transaction(async (sql) => {
      const done = await work({
        query: async (text, values, options) => {
          sent += 1;
          await this.#witness.at({ place: 'inside', transaction, statement: sent, text });
          await this.#live();
          const rows = await sql.query<never>(text, values, options);
          if (!isComparison(rows)) statements.push(text);
          return rows;
        },
      });
      await this.#live();
      await this.#witness.committing(sql, statements, this.#claim);
      return done;
    }, first);
    await this.#witness.committed(statements);
    await this.#witness.at({ place: 'after', transaction });
    await this.#live();
    return result;
  }

  async close(): Promise<void> {}

  async #live(): Promise<void> {
    await this.#stall;
    if (this.#dead) throw new Dead('The process is dead.');
  }
}

/** Whether this is what a page's comparison answers that found something to write, and wrote nothing itself. */
function isComparison([row]: readonly { readonly places?: unknown; readonly cancelRequested?: unknown }[]): boolean {
  return row?.places !== undefined && row.cancelRequested === null;
}
