import type { ColumnType, ExportColumn } from './columns.js';

/** Between the values of a list, in CSV. */
const LIST_SEPARATOR = '|';

/**
 * Returns SQL: a row as a line of CSV (RFC 4180) with its CRLF. Rows are formatted by the database: in Node.js that would
 * take ten times as long, on the thread that serves all requests.
 */
export function csvLine(columns: readonly ExportColumn[]): string {
  const parts = columns.flatMap(({ type, sql }, place) =>
    place === 0 ? [CSV_CELLS[type](sql)] : [`','`, CSV_CELLS[type](sql)],
  );
  // A function takes 100 arguments. concat takes null for an empty text.
  const groups = Array.from({ length: Math.ceil(parts.length / MAX_ARGUMENTS) }, (_, group) =>
    parts.slice(group * MAX_ARGUMENTS, (group + 1) * MAX_ARGUMENTS),
  );
  return `concat(${groups.map((group) => `concat(${group.join(', ')})`).join(', ')}, E'\\r\\n')`;
}

export function csvHeader(columns: readonly ExportColumn[]): string {
  return `${columns.map(({ name }) => name).join(',')}\r\n`;
}

const MAX_ARGUMENTS = 100;

/** An empty cell is null; an empty text is `""`. */
const CSV_CELLS: Readonly<Record<ColumnType, (sql: string) => string>> = {
  text: csvText,
  list: (sql) => `CASE WHEN ${sql} IS NOT NULL THEN ${csvText(`array_to_string(${sql}, '${LIST_SEPARATOR}')`)} END`,
  integer: (sql) => sql,
  decimal: (sql) => sql,
  instant: isoInstant,
  date: (sql) => sql,
};

/** Code points of the first characters that are looked at closer; more than eight, so that PostgreSQL makes a hash of them. */
const SUSPECTS = `'{${[...'\t\n\r =+@-＝＋＠－'].map((character) => character.codePointAt(0))}}'::int[]`;
const FORMULA = `E'^([ \\t\\r\\n]*[=+@＝＋＠－-]|[\\t\\r\\n])'`;

/**
 * Text that a spreadsheet would run as a formula gets an apostrophe. `quote_ident` puts a text between double quotes and
 * doubles those in it, as CSV does.
 */
function csvText(sql: string): string {
  return `CASE WHEN ascii(${sql}) = ANY (${SUSPECTS}) AND ${sql} ~ ${FORMULA} THEN quote_ident('''' || ${sql})
    ELSE quote_ident(${sql}) END`;
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
