import type { ColumnType, ExportColumn } from './columns.js';

/** Between the values of a list, in CSV. */
const LIST_SEPARATOR = '|';

/** Returns SQL: the cells of a row, as CSV has them without its quotes. */
export function csvCells(columns: readonly ExportColumn[]): string {
  return columns.map(({ type, sql }) => CSV_CELLS[type](sql)).join(', ');
}

export function csvHeader(columns: readonly ExportColumn[]): string {
  return `${columns.map(({ name }) => name).join(',')}\r\n`;
}

const CSV_CELLS: Readonly<Record<ColumnType, (sql: string) => string>> = {
  text: (sql) => unlessFormula(sql, sql),
  list: (sql) => unlessFormula(`${sql}[1]`, `array_to_string(${sql}, '${LIST_SEPARATOR}')`),
  integer: (sql) => sql,
  decimal: (sql) => sql,
  instant: isoInstant,
  date: (sql) => sql,
};

/** Code points of the first characters that are looked at closer; more than eight, so that PostgreSQL makes a hash of them. */
const SUSPECTS = `'{${[...'\t\n\r =+@-＝＋＠－'].map((character) => character.codePointAt(0))}}'::int[]`;
const FORMULA = `E'^([ \\t\\r\\n]*[=+@＝＋＠－-]|[\\t\\r\\n])'`;

/** Text that a spreadsheet would run as a formula gets an apostrophe. @param start SQL: a text that begins like `text` */
function unlessFormula(start: string, text: string): string {
  return `CASE WHEN ascii(${start}) = ANY (${SUSPECTS}) AND ${start} ~ ${FORMULA} THEN '''' || ${text} ELSE ${text} END`;
}

/** `2026-11-23T09:30:00Z`, with the fraction of a second if there is one. The session is in UTC. */
function isoInstant(sql: string): string {
  return `replace(replace(${sql}::text, ' ', 'T'), '+00', 'Z')`;
}

/** Returns SQL: a value as JSON has it. Decimals are texts, since readers make inexact numbers of JSON's. */
export function jsonValue({ type, sql }: ExportColumn): string {
  if (type === 'instant') return isoInstant(sql);
  return type === 'decimal' ? `${sql}::text` : sql;
}
