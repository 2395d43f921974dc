import type { Sql } from '../../database/sql.js';

/** A table as the database's catalogue has it. Names are quoted where they need it. */
export interface Table {
  readonly name: string;
  /** Those that hold what was written; generated ones make themselves again. */
  readonly columns: readonly string[];
}

/** What the migrations make of the database by themselves. */
const MIGRATIONS_TABLE = '_prisma_migrations';

interface Found extends Table {
  /** Names of tables that its foreign keys lead to. */
  readonly parents: readonly string[];
}

/**
 * All tables but the migrations' own, each after those that its foreign keys lead to.
 * @throws {Error} where they lead in a circle
 */
export async function readTables(sql: Sql): Promise<Table[]> {
  const found = await sql.query<Found>(
    `SELECT quote_ident(c.relname) AS name,
            ARRAY (SELECT quote_ident(attname) FROM pg_attribute
                    WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
                    ORDER BY attnum) AS columns,
            ARRAY (SELECT quote_ident(p.relname) FROM pg_constraint f JOIN pg_class p ON p.oid = f.confrelid
                    WHERE f.contype = 'f' AND f.conrelid = c.oid AND f.confrelid <> c.oid) AS parents
       FROM pg_class c
      WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND c.relname <> $1
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')
      ORDER BY c.relname`,
    [MIGRATIONS_TABLE],
  );
  const ordered: Table[] = [];
  let waiting = found;
  while (waiting.length > 0) {
    const isThere = (parent: string) => ordered.some(({ name }) => name === parent);
    const ready = waiting.filter(({ parents }) => parents.every(isThere));
    if (ready.length === 0) throw new Error(`Foreign keys lead in a circle: ${waiting.map(({ name }) => name)}`);
    ordered.push(...ready.map(({ name, columns }) => ({ name, columns })));
    waiting = waiting.filter((table) => !ready.includes(table));
  }
  return ordered;
}

/** The state of each sequence, so that the next row gets the next number. */
export async function readSequences(sql: Sql): Promise<{ name: string; last: string; isCalled: boolean }[]> {
  const names = await sql.query<{ name: string }>(
    `SELECT quote_ident(relname) AS name FROM pg_class
      WHERE relkind = 'S' AND relnamespace = current_schema()::regnamespace ORDER BY relname`,
  );
  const sequences = [];
  for (const { name } of names) {
    const [state] = await sql.query<{ last: string; isCalled: boolean }>(
      `SELECT last_value::text AS last, is_called AS "isCalled" FROM ${name}`,
    );
    if (state) sequences.push({ name, ...state });
  }
  return sequences;
}

export async function setSequences(sql: Sql, sequences: Awaited<ReturnType<typeof readSequences>>): Promise<void> {
  for (const { name, last, isCalled } of sequences)
    await sql.query('SELECT setval($1::regclass, $2::bigint, $3::boolean)', [name, last, isCalled]);
}
