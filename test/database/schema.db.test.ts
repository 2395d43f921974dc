import { describe, expect } from 'vitest';
import { it } from '../helpers/fixtures.js';
import { describePrismaSchema } from '../helpers/prisma-schema.js';

/** Objects that Prisma's schema language cannot express. */
const SQL_ONLY_INDEXES = [
  'amazon_order_item_product_idx',
  'amazon_order_item_search_asin_idx',
  'amazon_order_item_search_sku_idx',
  'amazon_order_item_unpriced_idx',
  'amazon_order_remap_idx',
  'amazon_order_reread_wanted_idx',
  'amazon_order_search_idx',
  'amazon_order_search_parts_idx',
  'amazon_order_to_ship_idx',
  'amazon_order_unpriced_idx',
  'amazon_order_zero_idx',
  'mirrored_product_search_idx',
  'order_change_cancelled_idx',
  'order_change_items_idx',
  'order_change_price_idx',
  'order_items_source_source_order_item_id_key',
  'sync_run_one_running_key',
  'webhook_delivery_failed_idx',
  'webhook_delivery_pending_idx',
];

/** Prisma has no lists that are NOT NULL. */
const NOT_NULL_LISTS = ['order_change.kinds', 'order_change.changed_fields', 'webhook.events'];

describe('the migrations create', () => {
  const { tables, enums } = describePrismaSchema('prisma/schema.prisma');

  it('the tables of the Prisma models, and no others', async ({ database }) => {
    const rows = await database.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_prisma_migrations' ORDER BY 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual(tables.map(({ name }) => name).sort());
  });

  it.for(tables)('$name as its model', async (table, { database }) => {
    const columns = await database.query(
      `SELECT attname AS name, format_type(atttypid, atttypmod) AS type, NOT attnotnull AS nullable
         FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
      [table.name],
    );
    const described = table.columns.map((column) =>
      NOT_NULL_LISTS.includes(`${table.name}.${column.name}`) ? { ...column, nullable: false } : column,
    );
    expect(columns.sort(byName)).toEqual(described.sort(byName));

    const indexes = await database.query<{ name: string; columns: string; is_unique: boolean; is_primary: boolean }>(
      `SELECT c.relname AS name, i.indisunique AS is_unique, i.indisprimary AS is_primary,
              (SELECT string_agg(a.attname, ',' ORDER BY k.position)
                 FROM unnest(i.indkey) WITH ORDINALITY AS k (number, position)
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number) AS columns
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = $1::regclass`,
      [table.name],
    );
    const ordinary = indexes.filter(({ name }) => !SQL_ONLY_INDEXES.includes(name));
    const listed = (which: (index: (typeof ordinary)[number]) => boolean) =>
      ordinary
        .filter(which)
        .map((each) => each.columns)
        .sort();
    expect(listed((index) => index.is_primary)).toEqual([table.primaryKey.join()]);
    expect(listed((index) => index.is_unique && !index.is_primary)).toEqual([...table.uniques].sort());
    expect(listed((index) => !index.is_unique)).toEqual([...table.indexes].sort());
  });

  it('the foreign keys of the models', async ({ database }) => {
    const keys = await database.query<{ table: string; key: string }>(
      `SELECT c.conrelid::regclass::text AS table,
              (SELECT string_agg(attname, ',') FROM pg_attribute WHERE attrelid = c.conrelid AND attnum = ANY (c.conkey))
              || ' → ' || c.confrelid::regclass || '('
              || (SELECT string_agg(attname, ',') FROM pg_attribute WHERE attrelid = c.confrelid AND attnum = ANY (c.confkey))
              || ') ' || CASE c.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'r' THEN 'RESTRICT' ELSE '?' END AS key
         FROM pg_constraint c WHERE c.contype = 'f'`,
    );
    const made = keys.map(({ table, key }) => `${table}: ${key}`).sort();
    expect(made).toEqual(tables.flatMap(({ name, foreignKeys }) => foreignKeys.map((key) => `${name}: ${key}`)).sort());
  });

  it('the enums of the schema', async ({ database }) => {
    const rows = await database.query<{ name: string; labels: string[] }>(
      `SELECT t.typname AS name, array_agg(e.enumlabel::text ORDER BY e.enumsortorder) AS labels
         FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid GROUP BY t.typname`,
    );
    expect(Object.fromEntries(rows.map(({ name, labels }) => [name, labels]))).toEqual(enums);
  });

  it('what a Prisma schema cannot express: partial and expression indexes, and constraints', async ({ database }) => {
    const indexes = await database.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL)
          AND i.indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace) ORDER BY 1`,
    );
    expect(indexes.map(({ name }) => name)).toEqual(SQL_ONLY_INDEXES);
    const insert = `INSERT INTO amazon_connection (region, singleton) VALUES ('EU', $1)`;
    await database.query(insert, [true]);
    await expect(database.query(insert, [true])).rejects.toThrow(/amazon_connection_singleton_key/);
    await expect(database.query(insert, [false])).rejects.toThrow(/check/);
  });
});

function byName(a: object, b: object): number {
  return (a as { name: string }).name < (b as { name: string }).name ? -1 : 1;
}
