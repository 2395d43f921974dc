import type { Database, SnapshotQuery } from '../../database/database.js';
import type { ExportColumn } from './columns.js';
import type { ExportRows } from './export-rows.js';
import { parquetFile } from './parquet.js';
import { csvCells, csvHeader, jsonValue } from './row-formats.js';
import { withSpool } from './spool.js';

type Chunks = AsyncIterable<Buffer>;

interface Format {
  readonly contentType: string;
  readonly isCompressed: boolean;
  /** Returns the statement of the rows, and how it is to be read. */
  readonly select: (rows: ExportRows) => Pick<SnapshotQuery, 'text' | 'format'>;
  /** Returns the file. Its first chunk comes after the first rows were read. */
  readonly write: (columns: readonly ExportColumn[], rows: Chunks) => Chunks;
}

export const exportFormats = {
  csv: {
    contentType: 'text/csv; charset=utf-8; header=present',
    isCompressed: false,
    select: ({ columns, from }) => ({ text: `SELECT ${csvCells(columns)} ${from}`, format: 'csv' }),
    write: (columns, rows) => withHeader(csvHeader(columns), rows),
  },
  ndjson: {
    contentType: 'application/x-ndjson; charset=utf-8',
    isCompressed: false,
    select: ({ columns, from }) => {
      const members = columns.map((column) => `${jsonValue(column)} AS ${column.name}`);
      return { text: `SELECT row_to_json(r)::text FROM (SELECT ${members.join(', ')} ${from}) AS r`, format: 'lines' };
    },
    write: (_columns, rows) => rows,
  },
  parquet: {
    contentType: 'application/vnd.apache.parquet',
    isCompressed: true,
    select: ({ columns, from }) => ({
      text: `SELECT json_build_array(${columns.map(jsonValue).join(', ')})::text ${from}`,
      format: 'lines',
    }),
    write: parquetFile,
  },
} satisfies Record<string, Format>;

export type ExportFormat = keyof typeof exportFormats;

/**
 * Reads rows as a file, all as of one moment, in constant memory.
 * @param send takes the file, as fast as its reader does; the statement waits for it
 * @param signal ends the statement; `send` then fails
 */
export async function exportFile(
  database: Database,
  { rows, format, signal }: { rows: ExportRows; format: ExportFormat; signal: AbortSignal },
  send: (file: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  const { select, write }: Format = exportFormats[format];
  const query = { ...select(rows), values: rows.values, signal };
  const read = (take: (file: AsyncIterable<Buffer>) => Promise<void>) =>
    database.reader.readSnapshot(query, (chunks) => take(write(rows.columns, chunks)));
  if (database.kind === 'postgres') return read(send);
  // The only session is held until all is read, so it must not wait for the reader.
  await withSpool(async (spool) => {
    await read((file) => spool.write(file));
    await send(spool.read());
  });
}

async function* withHeader(header: string, rows: Chunks): AsyncGenerator<Buffer> {
  let start = Buffer.from(header);
  for await (const chunk of rows) {
    yield start.length > 0 ? Buffer.concat([start, chunk]) : chunk;
    start = Buffer.alloc(0);
  }
  if (start.length > 0) yield start;
}
