import type { Sql } from '../../database/sql.js';
import type { Table } from './tables.js';

/** Rows in memory at a time: 2.5 MB of orders. */
const BATCH_ROWS = 1_000;

/** Equal for two tables with the same content: the number of rows, and a checksum that doesn't depend on their order. */
export interface Content {
  readonly rows: number;
  readonly checksum: string;
}

/** Makes values have the same text on both sides, without a time limit. For use in a transaction. */
export const SETTINGS = `
  SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres';
  SET LOCAL extra_float_digits = 1; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0`;

/**
 * Copies all rows in batches, through a cursor. Both `from` and `to` must be in a transaction.
 * @param onBatch called with the number of rows of each batch
 */
export async function copyTable(from: Sql, to: Sql, table: Table, onBatch: (rows: number) => void): Promise<void> {
  const columns = table.columns.join(', ');
  const insert = `INSERT INTO ${table.name} (${columns}) OVERRIDING SYSTEM VALUE
    SELECT ${columns} FROM json_populate_recordset(NULL::${table.name}, $1::json)`;
  await from.query(
    `DECLARE to_move CURSOR FOR SELECT row_to_json(r)::text AS row FROM (SELECT ${columns} FROM ${table.name}) AS r`,
  );
  for (;;) {
    const rows = await from.query<{ row: string }>(`FETCH ${BATCH_ROWS} FROM to_move`);
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
