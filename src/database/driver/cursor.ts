import type { SnapshotQuery, Sql } from '../sql.js';

/**
 * Yields the rows of a statement in batches, by a cursor of the session's transaction. While a batch is used, the next one
 * is read, and no more: without a reader the statement stands still.
 */
export async function* readByCursor<Row extends object>(
  session: Sql,
  { text, values, batchRows }: SnapshotQuery,
): AsyncGenerator<Row[]> {
  await session.query('SET LOCAL cursor_tuple_fraction = 1'); // All rows are read: plan for the last, not for the first.
  await session.query(`DECLARE snapshot_rows NO SCROLL CURSOR FOR ${text}`, values);
  const fetch = () => session.query<Row>(`FETCH ${Math.trunc(batchRows)} FROM snapshot_rows`);
  let next = fetch();
  try {
    for (let isLast = false; !isLast; ) {
      const rows = await next;
      isLast = rows.length < batchRows;
      if (!isLast) {
        next = fetch();
        next.catch(() => {}); // It is awaited in the next turn, or below.
      }
      if (rows.length > 0) yield rows;
    }
  } finally {
    await next.catch(() => {});
  }
}
