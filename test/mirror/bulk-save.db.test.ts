import { beforeEach, describe, expect, it } from 'vitest';
import { seedMarketplaces } from '../../src/connection/marketplaces.js';
import { saveInBulk } from '../../src/mirror/write/bulk-save.js';
import { rebuildLedger } from '../../src/mirror/write/ledger.js';
import { columnsOf } from '../../src/mirror/write/merge-orders.js';
import type { OrderRow } from '../../src/mirror/write/order-rows.js';
import { savePage } from '../../src/sync/read/save-page.js';
import { claimedRun, emptyPage } from '../helpers/claimed-run.js';
import { contentsOf, PlainMirror } from '../helpers/plain-mirror.js';
import { randomRows } from '../helpers/random-rows.js';
import { withDatabase } from '../helpers/with-database.js';
import { emptyMirror } from '../helpers/with-sync.js';

const at = withDatabase();
beforeEach(async () => {
  await emptyMirror(at.database);
  await seedMarketplaces(at.database);
});

/** As pages, in each of which an order is once. */
function pagesOf(rows: readonly OrderRow[]): OrderRow[][] {
  const pages: OrderRow[][] = [[]];
  for (const row of rows) {
    const page = pages.at(-1) ?? [];
    if (page.length === 20 || page.some((other) => other.amazonOrderId === row.amazonOrderId)) pages.push([row]);
    else page.push(row);
  }
  return pages;
}

describe('orders in bulk', () => {
  it.each([1, 2, 3, 4])('are what they are page by page, and order by order: %i', async (seed) => {
    const { database } = at;
    const parts = [
      { rows: randomRows(seed, 400), includeItems: true },
      { rows: randomRows(seed + 10, 200, 0), includeItems: false },
      { rows: randomRows(seed + 20, 400, 0), includeItems: true },
    ];
    const plain = new PlainMirror();
    for (const { rows, includeItems } of parts) {
      const total = { inserted: 0, updated: 0, unchanged: 0 };
      for (const row of rows) total[plain.save(row, includeItems)] += 1;
      expect(await saveInBulk(database, rows, { includeItems, at: new Date() })).toEqual(total);
    }
    const inBulk = await contentsOf(database);
    expect(inBulk).toEqual(plain.contents());

    await emptyMirror(database);
    for (const { rows, includeItems } of parts) {
      const run = await claimedRun(database, { includeItems });
      for (const [index, page] of pagesOf(rows).entries()) {
        // Every other one without asking first what is new.
        const columns = index % 2 ? columnsOf(page, includeItems) : undefined;
        await savePage(database, run, { ...emptyPage(), rows: page, columns });
      }
      await database.query(`UPDATE sync_run SET status = 'OK' WHERE status = 'RUNNING'`);
    }
    expect(await contentsOf(database)).toEqual(inBulk);
    await rebuildLedger(database);
    expect(await contentsOf(database)).toEqual(inBulk);
  });

  it('take as many statements for 500 as for one, and write nothing when nothing changed', async () => {
    const { database } = at;
    const all = [...new Map(randomRows(5, 12_000).map((row) => [row.amazonOrderId, row])).values()];
    const rows = all.slice(0, 500);
    expect(all.length).toBeGreaterThan(1_500);
    const statements = async (some: readonly OrderRow[]) => {
      at.statements.length = 0;
      await saveInBulk(database, some, { includeItems: true, at: new Date() });
      return at.statements.length;
    };
    expect(await statements(rows.slice(0, 1))).toBe(3);
    expect(await statements(rows)).toBe(3);
    const written = await database.query('SELECT max(mirrored_at) AS at FROM amazon_order');
    expect(await statements(rows)).toBe(2);
    expect(await database.query('SELECT max(mirrored_at) AS at FROM amazon_order')).toEqual(written);
    // What comes after a batch that was new is not asked about first: the lock, twice two, then one each.
    await emptyMirror(database);
    expect(await statements(all)).toBe(1 + 2 * 2 + Math.ceil(all.length / 500) - 2);
  });

  it('come from a source that tells them one by one, all or none', async () => {
    const { database } = at;
    const rows = randomRows(6, 3_000);
    async function* told(until: number) {
      for (const [index, row] of rows.entries()) {
        if (index === until) throw new Error('the source broke');
        yield row;
      }
    }
    const options = { includeItems: true, at: new Date() };
    await expect(saveInBulk(database, told(2_900), options)).rejects.toThrow('the source broke');
    expect(await contentsOf(database)).toEqual([]);
    expect(await saveInBulk(database, told(-1), options)).toMatchObject({ inserted: expect.any(Number) });
    const plain = new PlainMirror();
    for (const row of rows) plain.save(row, true);
    expect(await contentsOf(database)).toEqual(plain.contents());
  });
});
