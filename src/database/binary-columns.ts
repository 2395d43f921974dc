/**
 * A column of many rows as one parameter of a statement (`unnest($1::text[], …)`), in PostgreSQL's binary array format: no
 * escaping here, no parsing there. The statement must cast the parameter to the same type.
 */
export type Column = Buffer;

const OIDS = { text: 25, jsonb: 3802, timestamptz: 1184, int4: 23 };
/** Of `text[]` and so on. */
export const COLUMN_TYPES = { text: 1009, jsonb: 3807, timestamptz: 1185, int4: 1007 };

/** Dimensions, null flag, element type, length, lower bound. */
const HEADER_BYTES = 20;
const JSONB_VERSION = 1;
/** PostgreSQL's epoch, 2000-01-01. */
const EPOCH_MS = 946_684_800_000;

export function textColumn(values: readonly (string | null)[]): Column {
  return textual(OIDS.text, values);
}

/** @param values JSON texts */
export function jsonbColumn(values: readonly string[]): Column {
  return textual(OIDS.jsonb, values, JSONB_VERSION);
}

export function instantColumn(values: readonly Date[]): Column {
  return fixed(OIDS.timestamptz, values, 8, (column, value, at) =>
    column.writeBigInt64BE(BigInt(value.getTime() - EPOCH_MS) * 1_000n, at),
  );
}

export function intColumn(values: readonly number[]): Column {
  return fixed(OIDS.int4, values, 4, (column, value, at) => column.writeInt32BE(value, at));
}

/** The number of rows of a column; 0 for any other parameter. */
export function rowsOf(parameter: unknown): number {
  return Buffer.isBuffer(parameter) && parameter.length >= HEADER_BYTES ? parameter.readInt32BE(12) : 0;
}

function textual(oid: number, values: readonly (string | null)[], version?: number): Column {
  const extra = version === undefined ? 0 : 1;
  const sizes = values.map((value) => (value === null ? -1 : Buffer.byteLength(value) + extra));
  const column = begin(
    oid,
    values.length,
    sizes.reduce((sum, size) => sum + 4 + Math.max(0, size), 0),
  );
  let at = HEADER_BYTES;
  for (const [row, value] of values.entries()) {
    at = column.writeInt32BE(sizes[row] ?? -1, at);
    if (value === null) continue;
    if (version !== undefined) at = column.writeUInt8(version, at);
    at += column.write(value, at);
  }
  return column;
}

function fixed<Value>(
  oid: number,
  values: readonly Value[],
  size: number,
  write: (column: Column, value: Value, at: number) => void,
): Column {
  const column = begin(oid, values.length, values.length * (4 + size));
  for (const [row, value] of values.entries())
    write(column, value, column.writeInt32BE(size, HEADER_BYTES + row * (4 + size)));
  return column;
}

function begin(oid: number, rows: number, bytes: number): Column {
  const column = Buffer.allocUnsafe(HEADER_BYTES + bytes);
  for (const [place, part] of [1, 1, oid, rows, 1].entries()) column.writeInt32BE(part, place * 4);
  return column;
}
