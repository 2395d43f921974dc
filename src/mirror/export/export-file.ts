import type { Database } from '../../database/database.js';
import type { ExportColumn } from './columns.js';
import type { ExportRows } from './export-rows.js';
import { parquetFile } from './parquet.js';
import { csvHeader, csvLine, jsonValue } from './row-formats.js';
import { withSpool } from './spool.js';

type Lines = AsyncIterable<readonly string[]>;

interface Format {
  readonly contentType: string;
  readonly isCompressed: boolean;
  /** Returns SQL of a statement with one column, `line`. */
  readonly select: (rows: ExportRows) => string;
  /** Returns the file. Its first chunk comes after the first rows were read. */
  readonly write: (columns: readonly ExportColumn[], lines: Lines) => AsyncIterable<Buffer>;
}

export const exportFormats = {
  csv: {
    contentType: 'text/csv; charset=utf-8; header=present',
    isCompressed: false,
    select: ({ columns, from }) => `SELECT ${csvLine(columns)} AS line ${from}`,
    write: (columns, lines) => textFile(csvHeader(columns), lines),
  },
  ndjson: {
    contentType: 'application/x-ndjson; charset=utf-8',
    isCompressed: false,
    select: ({ columns, from }) => {
      const members = columns.map((column) => `${jsonValue(column)} AS ${column.name}`);
      return `SELECT row_to_json(r)::text || E'\\n' AS line FROM (SELECT ${members.join(', ')} ${from}) AS r`;
    },
    write: (_columns, lines) => textFile('', lines),
  },
  parquet: {
    contentType: 'application/vnd.apache.parquet',
    isCompressed: true,
    select: ({ columns, from }) =>
      `SELECT json_build_array(${columns.map(jsonValue).join(', ')})::text AS line ${from}`,
    write: parquetFile,
  },
} satisfies Record<string, Format>;

export type ExportFormat = keyof typeof exportFormats;

/** A chunk of a file is about 80 kB. Memory grows with it. */
const BATCH_ROWS = 200;

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
  const query = { text: select(rows), values: rows.values, batchRows: BATCH_ROWS, signal };
  const read = (take: (file: AsyncIterable<Buffer>) => Promise<void>) =>
    database.readSnapshot(query, (lines) => take(write(rows.columns, lines)));
  if (database.kind === 'postgres') return read(send);
  // The only session is held until all is read, so it must not wait for the reader.
  await withSpool(async (spool) => {
    await read((file) => spool.write(file));
    await send(spool.read());
  });
}

async function* textFile(header: string, batches: Lines): AsyncGenerator<Buffer> {
  let start = header;
  for await (const lines of batches) {
    yield Buffer.from(start + lines.join(''));
    start = '';
  }
  if (start !== '') yield Buffer.from(start);
}
