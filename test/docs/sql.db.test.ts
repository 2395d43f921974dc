import { describe, expect } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { blocksOf, readDocument } from '../helpers/doc-blocks.js';
import { test as base } from '../helpers/fixtures.js';
import { seedReport } from '../helpers/seed-report.js';

const DOCUMENT = 'docs/sql.md';

const it = base.extend('report', { scope: 'file' }, async ({ database }) => {
  await seedReport(database);
  return database;
});

describe('the views of docs/sql.md', () => {
  const documented = documentedColumns();

  it('are those of the schema report', async ({ report }) => {
    expect([...documented.keys()].sort()).toEqual([...(await columnsOf(report)).keys()].sort());
  });

  it.for([...documented.keys()])('%s has the documented columns, in that order', async (view, { report }) => {
    expect((await columnsOf(report)).get(view)).toEqual(documented.get(view));
  });
});

describe('the queries of docs/sql.md', () => {
  const queries = blocksOf(DOCUMENT).filter(({ language }) => language === 'sql');

  it('answer at least five questions', () => {
    expect(queries.length).toBeGreaterThanOrEqual(5);
  });

  it.for(queries.map((block) => [block.line, block.text] as const))(
    'line %d finds rows',
    async ([, text], { report }) => {
      expect(await report.query(text.replace(/;$/, ''))).not.toEqual([]);
    },
  );

  it('count revenue as the ledger does', async ({ report }) => {
    const [query] = queries;
    const rows = await report.query<{ currency: string; revenue: string | null }>(query?.text.replace(/;$/, '') ?? '');
    const inEuro = rows.filter(({ currency }) => currency === 'EUR').map(({ revenue }) => Number(revenue));
    expect(inEuro.reduce((sum, revenue) => sum + revenue, 0)).toBe(60);
    expect(
      await report.query(`SELECT sum(revenue) AS revenue FROM report.sales_by_day WHERE currency = 'EUR'`),
    ).toEqual([{ revenue: '60.00' }]);
  });
});

/** Columns of each view as `name type`, by the document's tables. */
function documentedColumns(): Map<string, string[]> {
  const sections = readDocument(DOCUMENT)
    .split(/^## report\./m)
    .slice(1);
  return new Map(
    sections.map((section) => {
      const rows = [...section.matchAll(/^\| (`.*?) \| `(.+?)` \|/gm)];
      const columns = rows.flatMap(([, names = '', type]) =>
        [...names.matchAll(/`(\w+)`/g)].map(([, name]) => `${name} ${type}`),
      );
      return [section.split('\n', 1)[0] ?? '', columns];
    }),
  );
}

async function columnsOf(database: Database): Promise<Map<string, string[]>> {
  const rows = await database.query<{ view: string; columns: string[] }>(
    `SELECT table_name::text AS view,
            array_agg(column_name || ' ' || CASE udt_name WHEN '_text' THEN 'text[]' WHEN 'int4' THEN 'integer'
                        WHEN 'int8' THEN 'bigint' WHEN 'bool' THEN 'boolean' ELSE udt_name END ORDER BY ordinal_position) AS columns
       FROM information_schema.columns WHERE table_schema = 'report' GROUP BY table_name`,
  );
  return new Map(rows.map(({ view, columns }) => [view, columns]));
}
