import { describe, expect } from 'vitest';
import { type ExportColumn, itemColumns, orderColumns, salesColumns } from '../../src/mirror/export/columns.js';
import { readDocument } from '../helpers/doc-blocks.js';
import { it } from '../helpers/fixtures.js';

/** Columns that are not exported: keys, payloads, and what the mirror notes for itself. */
const INTERNAL = {
  amazon_order: [
    'id',
    'raw_payload',
    'packages',
    'content_hash',
    'items_hash',
    'conflict_hash',
    'mapping_version',
    'reread_at',
    'reread_wanted',
    'reread_marked_by',
  ],
  amazon_order_item: ['id', 'order_id', 'raw_payload'],
} as const;

describe.each([
  ['orders', orderColumns, 'amazon_order'],
  ['order-items', itemColumns, 'amazon_order_item'],
  ['sales', salesColumns, null],
] as const)('the columns of %s', (file, columns: readonly ExportColumn[], table) => {
  it('are documented in docs/api.md with their types, in order', () => {
    const [, section = ''] = readDocument('docs/api.md').split(`\n### Columns of ${file}\n`);
    const documented = [...(section.split('\n#', 1)[0] ?? '').matchAll(/^\| `(\w+)` \| (\w+) \|/gm)];
    expect(documented.map(([, name, type]) => [name, type])).toEqual(columns.map(({ name, type }) => [name, type]));
  });

  it.runIf(table)('are all of the table but internal ones', async ({ database }) => {
    const found = await database.query<{ name: string }>(
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
      [table],
    );
    const exported = new Set([...columns.map(({ name }) => name), ...(table ? INTERNAL[table] : [])]);
    expect(found.map(({ name }) => name).filter((name) => !exported.has(name))).toEqual([]);
  });
});
