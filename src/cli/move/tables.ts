import type { Sql } from '../../database/sql.js';

/** A table of the catalogue. Names are quoted where necessary. */
export interface Table {
  readonly name: string;
  /** Without generated ones. */
  readonly columns: readonly string[];
}

/** Filled by the migrations of the target. */
const MIGRATIONS_TABLE = '_prisma_migrations';

interface Found extends Table {
  /** Names of the tables that its foreign keys reference. */
  readonly parents: readonly string[];
}

/**
 * Lists all tables except the migrations' own, each after the tables that its foreign keys reference.
 * @throws {Error} for circular references
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
      WHERE c.relnamespace = quote_ident(current_schema())::regnamespace
        AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> $1
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')
      ORDER BY c.relname`,
    [MIGRATIONS_TABLE],
  );
  const ordered: Table[] = [];
  let remaining = found;
  while (remaining.length > 0) {
    const isListed = (parent: string) => ordered.some(({ name }) => name === parent);
    const ready = remaining.filter(({ parents }) => parents.every(isListed));
    if (ready.length === 0) throw new Error(`Foreign keys are circular: ${remaining.map(({ name }) => name)}`);
    ordered.push(...ready.map(({ name, columns }) => ({ name, columns })));
    remaining = remaining.filter((table) => !ready.includes(table));
  }
  return ordered;
}

/** Reads the state of each sequence, so that the next row gets the next number. */
export async function readSequences(sql: Sql): Promise<{ name: string; last: string; isCalled: boolean }[]> {
  const names = await sql.query<{ name: string }>(
    `SELECT quote_ident(relname) AS name FROM pg_class
      WHERE relkind = 'S' AND relnamespace = quote_ident(current_schema())::regnamespace ORDER BY relname`,
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
