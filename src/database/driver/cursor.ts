import type { SnapshotQuery } from '../sql.js';

/** A chunk is about 80 kB. Memory grows with it. */
const BATCH_ROWS = 200;

/** Runs a statement on the session that the cursor is read in, within a transaction; rows are arrays of their values. */
type RunStatement = (text: string, values?: readonly unknown[]) => Promise<readonly (readonly unknown[])[]>;

/**
 * Yields the rows of a statement in chunks, by a cursor of the session's transaction. While a chunk is used, the next rows
 * are read, and no more: without a reader the statement stands still.
 */
export async function* readByCursor(
  run: RunStatement,
  { text, values, format }: SnapshotQuery,
): AsyncGenerator<Buffer> {
  await run('SET LOCAL cursor_tuple_fraction = 1'); // All rows are read: plan for the last, not for the first.
  await run(`DECLARE snapshot_rows NO SCROLL CURSOR FOR ${text}`, values);
  const fetch = () => run(`FETCH ${BATCH_ROWS} FROM snapshot_rows`);
  let next = fetch();
  try {
    for (let isLast = false; !isLast; ) {
      const rows = await next;
      isLast = rows.length < BATCH_ROWS;
      if (!isLast) {
        next = fetch();
        next.catch(() => {}); // It is awaited in the next turn, or below.
      }
      if (rows.length > 0) yield Buffer.from(rows.map(WRITE_ROW[format]).join(''));
    }
  } finally {
    await next.catch(() => {});
  }
}

/** The text that COPY would write of a row. */
const WRITE_ROW: Readonly<Record<SnapshotQuery['format'], (row: readonly unknown[]) => string>> = {
  csv: (row) => `${row.map(csvCell).join(',')}\r\n`,
  lines: ([line]) => `${line}\n`,
};

function csvCell(value: unknown): string {
  if (value === null) return '';
  const text = String(value);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
