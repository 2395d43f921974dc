import pg from 'pg';
import { atTheEnd } from '../lib/cleanup.js';
import { createDatabase } from '../lib/databases.js';

/** The mirror's tables, each with the condition that joins its rows (t) to their order (o). */
const TABLES = {
  amazon_order: 'o.id = t.id',
  amazon_order_item: 'o.id = t.order_id',
  order_items: 'o.amazon_order_id = t.order_id AND o.marketplace_id = t.marketplace_id',
};
const COLUMNS_SQL = `SELECT quote_ident(attname) AS name FROM pg_attribute
  WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`;
const ESCAPES = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The floor of writing: COPY of a mirror's rows, with the same ids, into empty tables of another database. */
export async function openCopyTarget(mirror, perPage) {
  const tables = await Promise.all(Object.keys(TABLES).map((table) => readTable(mirror, table, perPage)));
  const { environment } = await createDatabase('PostgreSQL');
  const client = new pg.Client({ connectionString: environment.DATABASE_URL });
  await client.connect();
  atTheEnd(() => client.end());

  const writePage = async (page) => {
    await client.query('BEGIN');
    for (const { into, rows } of tables) await copyIn(client, `COPY ${into} FROM STDIN`, textOf(rows[page]));
    await client.query('COMMIT');
  };
  return {
    empty: () => client.query(`TRUNCATE ${Object.keys(TABLES)} CASCADE`),
    /** Writes all pages, each in a transaction. */
    write: async () => {
      for (const page of tables[0]?.rows.keys() ?? []) await writePage(page);
    },
  };
}

/** Reads a table: the text of its cells, by page, row and column. */
async function readTable(mirror, table, perPage) {
  const columns = (await mirror.query(COLUMNS_SQL, [table])).map(({ name }) => name);
  const pages = await mirror.query(
    `SELECT json_agg(json_build_array(${columns.map((name) => `t.${name}::text`)}) ORDER BY o.id, t.id) AS rows
       FROM ${table} AS t
       JOIN (SELECT *, (row_number() OVER (ORDER BY id) - 1) / ${perPage} AS page FROM amazon_order) AS o ON ${TABLES[table]}
      GROUP BY o.page ORDER BY o.page`,
  );
  return { into: `${table} (${columns})`, rows: pages.map(({ rows }) => rows) };
}

/** Returns COPY's text format. */
function textOf(rows) {
  const text = (cell) => (cell === null ? '\\N' : cell.replace(/[\\\n\r\t]/g, (character) => ESCAPES[character]));
  return rows.map((cells) => `${cells.map(text).join('\t')}\n`).join('');
}

/** `pg` parses the messages of COPY and leaves the response to the query. */
function copyIn(client, statement, text) {
  return new Promise((resolve, reject) => {
    const handleCopyInResponse = (connection) => {
      connection.sendCopyFromChunk(Buffer.from(text));
      connection.endCopyFrom();
    };
    const submit = (connection) => connection.query(statement);
    const handleCommandComplete = () => {};
    client.query({
      submit,
      handleCopyInResponse,
      handleCommandComplete,
      handleReadyForQuery: resolve,
      handleError: reject,
    });
  });
}
