import type { Sql } from '../../database/sql.js';
import type { Table } from './tables.js';

/** So many rows are in memory at a time: 2.5 MB of orders. */
const ROWS_A_BATCH = 1_000;

/** What tells whether two tables hold the same: how many rows, and a sum over all of their contents, whatever the order. */
export interface Content {
  readonly rows: number;
  readonly checksum: string;
}

/** For values to have the same text on both sides, and for as long as it takes. Within a transaction only. */
export const SETTINGS = `
  SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres';
  SET LOCAL extra_float_digits = 1; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0`;

/**
 * Copies all rows, batch by batch, through a cursor; both `from` and `to` are in a transaction.
 * @param onBatch told how many rows each batch had
 */
export async function copyTable(from: Sql, to: Sql, table: Table, onBatch: (rows: number) => void): Promise<void> {
  const columns = table.columns.join(', ');
  const insert = `INSERT INTO ${table.name} (${columns}) OVERRIDING SYSTEM VALUE
    SELECT ${columns} FROM json_populate_recordset(NULL::${table.name}, $1::json)`;
  await from.query(
    `DECLARE to_move CURSOR FOR SELECT row_to_json(r)::text AS row FROM (SELECT ${columns} FROM ${table.name}) AS r`,
  );
  for (;;) {
    const rows = await from.query<{ row: string }>(`FETCH ${ROWS_A_BATCH} FROM to_move`);
    if (rows.length === 0) break;
    await to.query(insert, [`[${rows.map(({ row }) => row).join(',')}]`]);
    onBatch(rows.length);
  }
  await from.query('CLOSE to_move');
}

export async function readContent(sql: Sql, { name, columns }: Table): Promise<Content> {
  const [content] = await sql.query<{ rows: bigint; checksum: string }>(
    `SELECT count(*) AS rows,
            coalesce(sum(('x' || left(md5(ROW(${columns.join(', ')})::text), 15))::bit(60)::bigint), 0)::text AS checksum
       FROM ${name}`,
  );
  if (!content) throw new Error(`The rows of ${name} could not be counted.`);
  return { rows: Number(content.rows), checksum: content.checksum };
}
