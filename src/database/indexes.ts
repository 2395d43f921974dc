import { readFileSync } from 'node:fs';
import { fromRoot } from '../core/package-root.js';
import type { Driver, Sql } from './sql.js';

const INDEXES = fromRoot('prisma/indexes.sql');
/** A number that no other program on the database uses: "ordermit" in ASCII. */
const INDEX_LOCK = '8030591428571329908';

interface Index {
  readonly name: string;
  readonly statement: string;
}

/** What one attempt did. `elsewhere`: another process is making them. */
export type IndexWork = 'none missing' | 'made' | 'elsewhere';

/**
 * Makes the indexes of `prisma/indexes.sql` that are missing or that an interrupted attempt left incomplete, one after the
 * other, while other sessions read and write. Of several processes one does it.
 * @param options.onIndex called with the name of each one before it is made
 * @param options.signal interrupts it
 */
export async function makeIndexes(
  owner: Pick<Driver, 'query' | 'outsideTransactions'>,
  { signal, onIndex = () => {} }: IndexOptions = {},
): Promise<IndexWork> {
  const indexes = readIndexes();
  if ((await missing(owner, indexes)).length === 0) return 'none missing';
  return owner.outsideTransactions(async (sql) => {
    // Not one that waits: making an index waits for each statement that has begun before.
    const [lock] = await sql.query<{ taken: boolean }>(`SELECT pg_try_advisory_lock(${INDEX_LOCK}) AS taken`);
    if (!lock?.taken) return 'elsewhere';
    try {
      for (const { name, statement } of await missing(sql, indexes)) {
        onIndex(name);
        await sql.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
        await sql.query(statement);
      }
      return 'made';
    } finally {
      // PGlite's session goes on; a session of PostgreSQL that was lost has no lock any more.
      await sql.query(`SELECT pg_advisory_unlock(${INDEX_LOCK})`).catch(() => {});
    }
  }, signal);
}

export interface IndexOptions {
  readonly signal?: AbortSignal;
  readonly onIndex?: (name: string) => void;
}

/** Returns the names of indexes that `makeIndexes` would make. */
export async function listMissingIndexes(sql: Pick<Sql, 'query'>): Promise<readonly string[]> {
  return (await missing(sql, readIndexes())).map(({ name }) => name);
}

function readIndexes(): Index[] {
  const statements = readFileSync(INDEXES, 'utf8')
    .replace(/^--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim());
  return statements.filter(Boolean).map((statement) => {
    const name = /^CREATE INDEX CONCURRENTLY IF NOT EXISTS (\w+)\s/.exec(statement)?.[1];
    if (name === undefined)
      throw new Error(`indexes.sql has a statement other than CREATE INDEX CONCURRENTLY IF NOT EXISTS: ${statement}`);
    return { name, statement };
  });
}

async function missing(sql: Pick<Sql, 'query'>, indexes: readonly Index[]): Promise<Index[]> {
  const complete = await sql.query<{ name: string }>(
    `SELECT name FROM unnest($1::text[]) AS name
      WHERE EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(name) AND indisvalid)`,
    [indexes.map(({ name }) => name)],
  );
  return indexes.filter(({ name }) => !complete.some((index) => index.name === name));
}
