import type { Bind } from './sql.js';

/** A column of rows that are passed to a statement: its SQL type, and its values in PostgreSQL's binary format. */
export interface Column<Row> {
  readonly type: string;
  /** Encodes an array of one value a row. */
  encode(rows: readonly Row[]): Buffer;
}

interface Encoding<Value> {
  readonly type: string;
  /** The type's oid in `pg_type`. */
  readonly oid: number;
  /** In bytes. */
  size(value: Value): number;
  write(buffer: Buffer, value: Value, offset: number): void;
}

/** 2000-01-01, from which PostgreSQL counts timestamps. */
const EPOCH_MS = 946_684_800_000;

/** Numerics and JSON are sent as text too, and cast where they are stored. */
export const text = columnOf<string>({
  type: 'text',
  oid: 25,
  size: (value) => Buffer.byteLength(value),
  write: (buffer, value, offset) => buffer.write(value, offset),
});

export const instant = columnOf<Date>({
  type: 'timestamptz',
  oid: 1184,
  size: () => 8,
  write: (buffer, value, offset) => buffer.writeBigInt64BE(BigInt(value.getTime() - EPOCH_MS) * 1_000n, offset),
});

export const int = columnOf<number>({
  type: 'int',
  oid: 23,
  size: () => 4,
  write: (buffer, value, offset) => buffer.writeInt32BE(value, offset),
});

export const boolean = columnOf<boolean>({
  type: 'boolean',
  oid: 16,
  size: () => 1,
  write: (buffer, value, offset) => buffer.writeUInt8(value ? 1 : 0, offset),
});

/** Array types of the columns above: `text[]`, `timestamptz[]`, `int[]`, `boolean[]`. */
export const ARRAY_OIDS = [1009, 1185, 1007, 1000];

/**
 * Returns SQL that yields these rows: one parameter a column, however many rows there are. Binary arrays need no escaping
 * here and no parsing in PostgreSQL.
 * @param alias of the rows, in the statement
 * @param columns by their names in the statement
 */
export function unnestRows<Row>(
  bind: Bind,
  alias: string,
  rows: readonly Row[],
  columns: Readonly<Record<string, Column<Row>>>,
): string {
  const arrays = Object.values(columns).map((column) => `${bind(column.encode(rows))}::${column.type}[]`);
  return `unnest(${arrays.join(', ')}) AS ${alias} (${Object.keys(columns).join(', ')})`;
}

/** Header of a binary array: number of dimensions, null flag, element type, length, lower bound. */
const HEADER_BYTES = 20;

/** Returns how many rows a parameter holds; 0 for one that is not a column. */
export function countRows(parameter: unknown): number {
  return Buffer.isBuffer(parameter) && parameter.length >= HEADER_BYTES ? parameter.readInt32BE(12) : 0;
}

function columnOf<Value>(encoding: Encoding<Value>) {
  return <Row>(read: (row: Row, index: number) => Value | null): Column<Row> => ({
    type: encoding.type,
    encode: (rows) => encode(encoding, rows.map(read)),
  });
}

function encode<Value>({ oid, size, write }: Encoding<Value>, values: readonly (Value | null)[]): Buffer {
  const sizes = values.map((value) => (value === null ? 0 : size(value)));
  const bytes = sizes.reduce((sum, valueBytes) => sum + 4 + valueBytes, HEADER_BYTES);
  const buffer = Buffer.allocUnsafe(bytes);
  let offset = 0;
  for (const part of [1, 1, oid, values.length, 1]) offset = buffer.writeInt32BE(part, offset);
  for (const [row, value] of values.entries()) {
    const valueBytes = sizes[row] ?? 0;
    offset = buffer.writeInt32BE(value === null ? -1 : valueBytes, offset);
    if (value !== null) write(buffer, value, offset);
    offset += valueBytes;
  }
  return buffer;
}
