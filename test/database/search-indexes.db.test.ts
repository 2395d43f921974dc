import { expect } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { ensureSearchIndexes } from '../../src/database/search-indexes.js';
import { countOrders } from '../helpers/count-orders.js';
import { it } from '../helpers/fixtures.js';
import { seedOrders } from '../helpers/seed-orders.js';

async function searchIndexes(database: Database): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_am a ON a.oid = c.relam
      WHERE a.amname = 'gin' AND i.indrelid IN ('amazon_order'::regclass, 'amazon_order_item'::regclass)
        AND c.relname <> 'amazon_order_programs_idx' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

const INDEXES = ['amazon_order_amazon_order_id_idx', 'amazon_order_item_seller_sku_asin_title_idx'];

it('searches without the extension pg_trgm, says how to get it, and makes its indexes once it is there', async ({
  database,
}) => {
  await seedOrders(database, 100);
  expect(await searchIndexes(database)).toEqual(INDEXES);
  expect(await ensureSearchIndexes(database)).toBeNull();

  await database.query('DROP EXTENSION pg_trgm CASCADE');
  expect(await searchIndexes(database)).toEqual([]);
  expect(await countOrders(database, { search: 'KU_17%1' })).toBe(1);
  await database.query('ALTER FUNCTION create_search_indexes() RENAME TO allowed');
  await database.query(
    `CREATE FUNCTION create_search_indexes() RETURNS void LANGUAGE plpgsql AS
       $$ BEGIN RAISE insufficient_privilege USING MESSAGE = 'permission denied to create extension'; END $$`,
  );
  const [row] = await database.query<{ name: string }>('SELECT current_database() AS name');
  expect(await ensureSearchIndexes(database)).toMatch(
    new RegExp(`pg_trgm is missing \\(permission denied to create extension\\).*in the database ${row?.name},`),
  );
  expect(await searchIndexes(database)).toEqual([]);

  await database.query('DROP FUNCTION create_search_indexes()');
  await database.query('ALTER FUNCTION allowed() RENAME TO create_search_indexes');
  expect(await ensureSearchIndexes(database)).toBeNull();
  expect(await searchIndexes(database)).toEqual(INDEXES);
});
