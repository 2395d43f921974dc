import type { SnapshotQuery } from '../sql.js';

/** The session that a cursor is read in, within a transaction. */
export interface CursorSession {
  query(text: string, values?: readonly unknown[]): Promise<unknown>;
  /** Returns the only column of a statement's rows. */
  lines(text: string): Promise<readonly string[]>;
}

/**
 * Yields the lines of a statement in batches, by a cursor of the session's transaction. While a batch is used, the next one
 * is read, and no more: without a reader the statement stands still.
 */
export async function* readByCursor(
  session: CursorSession,
  { text, values, batchRows }: SnapshotQuery,
): AsyncGenerator<readonly string[]> {
  await session.query('SET LOCAL cursor_tuple_fraction = 1'); // All rows are read: plan for the last, not for the first.
  await session.query(`DECLARE snapshot_rows NO SCROLL CURSOR FOR ${text}`, values);
  const fetch = () => session.lines(`FETCH ${Math.trunc(batchRows)} FROM snapshot_rows`);
  let next = fetch();
  try {
    for (let isLast = false; !isLast; ) {
      const lines = await next;
      isLast = lines.length < batchRows;
      if (!isLast) {
        next = fetch();
        next.catch(() => {}); // It is awaited in the next turn, or below.
      }
      if (lines.length > 0) yield lines;
    }
  } finally {
    await next.catch(() => {});
  }
}
