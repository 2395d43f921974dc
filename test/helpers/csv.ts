/**
 * Parses CSV strictly by RFC 4180: lines end with CRLF, and a cell with a quote, a comma or a line break is quoted.
 * @returns rows by column name; an empty cell without quotes is null @throws {Error} for anything else
 */
export function parseCsv(text: string): Record<string, string | null>[] {
  const [header = [], ...rows] = parseRows(text);
  return rows.map((row) => {
    if (row.length !== header.length) throw new Error(`A row has ${row.length} cells in place of ${header.length}.`);
    return Object.fromEntries(header.map((name, place) => [name ?? '', row[place] ?? null]));
  });
}

function parseRows(text: string): (string | null)[][] {
  const cell = /"((?:[^"]|"")*)"(,|\r\n)|([^",\r\n]*)(,|\r\n)/y;
  const rows: (string | null)[][] = [];
  let row: (string | null)[] = [];
  while (cell.lastIndex < text.length) {
    const start = cell.lastIndex;
    const match = cell.exec(text);
    if (!match) throw new Error(`No CSV: ${JSON.stringify(text.slice(start, start + 80))}`);
    const [, quoted, quotedEnd, plain, plainEnd] = match;
    row.push(quoted === undefined ? plain || null : quoted.replaceAll('""', '"'));
    if ((quotedEnd ?? plainEnd) === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
