import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { version } from '../../core/version.js';
import type { ColumnType, ExportColumn } from './columns.js';

/** Digits, and those after the point: exact for all amounts of Amazon's, and what BigQuery's NUMERIC holds. */
export const DECIMAL = { precision: 38, scale: 9 } as const;
const DECIMAL_BYTES = 16;

/** Rows of a group. The columns of a group are encoded at once, and are in memory until then. */
const GROUP_ROWS = 1_000;

/**
 * Writes rows as a Parquet file, a group of rows at a time.
 * @param chunks lines, each a row as a JSON array of its values, in the order of the columns
 * @throws {RangeError} for a decimal with more digits than `DECIMAL` has: none is ever rounded
 */
export async function* parquetFile(
  columns: readonly ExportColumn[],
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({ writer, schema: schemaOf(columns), createdBy: `ordermirror ${version}` });
  const written = () => {
    const bytes = Buffer.from(writer.getBytes());
    writer.index = 0; // `offset` goes on: places in the file are counted by it.
    return bytes;
  };
  for await (const rows of groupsOf(chunks)) {
    const columnData = columns.map((column, place) => ({
      name: column.name,
      data: rows.map((row) => (row[place] === null ? null : VALUES[column.type](row[place] as never, column))),
    }));
    await parquet.write({ columnData, rowGroupSize: rows.length });
    yield written();
  }
  await parquet.finish();
  yield written();
}

type Row = readonly unknown[];

async function* groupsOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<readonly Row[]> {
  let group: Row[] = [];
  for await (const chunk of chunks) {
    // JSON has no line feeds but those between the rows.
    const lines = chunk.toString('utf8', 0, chunk.length - 1).replaceAll('\n', ',');
    group.push(...(JSON.parse(`[${lines}]`) as Row[]));
    if (group.length < GROUP_ROWS) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

function schemaOf(columns: readonly ExportColumn[]): SchemaElement[] {
  return [
    { name: 'schema', num_children: columns.length },
    ...columns.flatMap(({ name, type }) => ELEMENTS[type](name)),
  ];
}

const ELEMENTS: Readonly<Record<ColumnType, (name: string) => SchemaElement[]>> = {
  text: (name) => [{ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' }],
  integer: (name) => [{ name, type: 'INT64', repetition_type: 'OPTIONAL' }],
  decimal: (name) => [
    {
      name,
      type: 'FIXED_LEN_BYTE_ARRAY',
      type_length: DECIMAL_BYTES,
      converted_type: 'DECIMAL',
      ...DECIMAL,
      repetition_type: 'OPTIONAL',
    },
  ],
  instant: (name) => [{ name, type: 'INT64', converted_type: 'TIMESTAMP_MILLIS', repetition_type: 'OPTIONAL' }],
  date: (name) => [{ name, type: 'INT32', converted_type: 'DATE', repetition_type: 'OPTIONAL' }],
  list: (name) => [
    { name, converted_type: 'LIST', repetition_type: 'OPTIONAL', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  ],
};

const DAY_MS = 86_400_000;

/** Converts a value of `jsonValue` to what the writer expects. */
const VALUES: Readonly<Record<ColumnType, (value: never, column: ExportColumn) => unknown>> = {
  text: (value: string) => value,
  integer: (value: number) => BigInt(value),
  decimal: (value: string, { name }) => scaled(value, name),
  instant: (value: string) => BigInt(Date.parse(value)),
  date: (value: string) => Date.parse(value) / DAY_MS,
  list: (value: readonly string[]) => value,
};

/** Returns a decimal as a whole number of units of 10^-scale. */
function scaled(decimal: string, name: string): bigint {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d*?)0*)?$/.exec(decimal) ?? [];
  const digits = whole + fraction.padEnd(DECIMAL.scale, '0');
  if (whole === '' || fraction.length > DECIMAL.scale || digits.replace(/^0+/, '').length > DECIMAL.precision) {
    throw new RangeError(
      `${name} has the value ${decimal}, which DECIMAL(${DECIMAL.precision}, ${DECIMAL.scale}) does not hold exactly. Export as CSV or NDJSON.`,
    );
  }
  return BigInt(`${sign}${digits}`);
}
