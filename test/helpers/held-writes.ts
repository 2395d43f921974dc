import { onTestFinished } from 'vitest';
import type { Database, Sql } from '../../src/database/database.js';

/** Identifies a page's transaction: the statement that moves a run's checkpoint. */
const CHECKPOINT = /UPDATE sync_run\s+SET pages = pages/;

/** A database on which the next page's transaction stops halfway until it is released. */
export interface HeldWrites {
  readonly database: Database;
  /** Waits for a page's transaction to stop. It fails at the latest at the test's end, so that a failed test ends too. */
  untilHeld(): Promise<void>;
  /** Continues this transaction and all later ones, or fails it with an error. */
  release(error?: Error): void;
}

export function holdWrites(database: Database): HeldWrites {
  let reach = () => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  let release: HeldWrites['release'] = () => {};
  const released = new Promise<void>((resolve, reject) => {
    release = (error) => (error ? reject(error) : resolve());
  });
  released.catch(() => {});
  const held = (sql: Sql): Sql => ({
    query: async (text, values, options) => {
      if (CHECKPOINT.test(text)) {
        reach();
        await released;
      }
      return sql.query(text, values, options);
    },
  });
  const transaction: Database['transaction'] = (work, first) => database.transaction((sql) => work(held(sql)), first);
  const untilHeld = () => {
    // Hooks run in reverse order: before the one that stops the engine.
    onTestFinished(() => release(new Error('The test has ended.')));
    return reached;
  };
  return { database: { ...database, transaction }, untilHeld, release };
}
