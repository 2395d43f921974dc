import { beforeEach, describe, expect, vi } from 'vitest';
import type { Database } from '../../src/database/database.js';
import type { OrderRow } from '../../src/mirror/write/order-rows.js';
import { saveOrders, writeOrders } from '../../src/mirror/write/save-orders.js';
import type { ClaimedRun } from '../../src/runs/run-store.js';
import { type PageArrival, savePage } from '../../src/sync/read/save-page.js';
import { claimedRun, emptyPage } from '../helpers/claimed-run.js';
import { it } from '../helpers/fixtures.js';
import { contentsOf, PlainMirror } from '../helpers/plain-mirror.js';
import { eachOnce, randomRows } from '../helpers/random-rows.js';
import { emptyMirror } from '../helpers/with-sync.js';

let database: Database;

let statements: string[];

it.beforeAll(({ database: opened, statements: sent }) => {
  database = opened;

  statements = sent;
});
beforeEach(() => emptyMirror(database));

const rows = eachOnce(randomRows(1, 500));
const changed = rows.map((row) => ({ ...row, contentHash: 'another' }));

/** Items of one order: only in the older version, in both, only in the newer one. */
function versions(): { older: OrderRow; newer: OrderRow } {
  const row = rows.find(({ orderStatus, channelName }) => orderStatus !== 'CANCELLED' && channelName === 'AMAZON');
  const [item] = rows.flatMap(({ items }) => items);
  if (!row || !item) throw new Error('There is no such order.');
  const items = ['a', 'b', 'c'].map((orderItemId) => ({ ...item, orderItemId }));
  const later = new Date(row.lastUpdateDate.getTime() + 1_000);
  return {
    older: { ...row, items: items.slice(0, 2) },
    newer: { ...row, items: items.slice(1), lastUpdateDate: later, contentHash: 'newer', itemsHash: 'newer' },
  };
}

async function lockIsAwaited(): Promise<void> {
  const waiting = await database.query(`SELECT 1 AS one FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`);
  if (waiting.length === 0) throw new Error('No transaction waits for the lock.');
}

describe('savePage', () => {
  /** Returns how many statements it took. */
  const save = async (run: ClaimedRun, page: Partial<PageArrival>) => {
    statements.length = 0;
    await savePage(database, run, { ...emptyPage(), ...page });
    return statements.length;
  };

  const runCounts = async () => {
    const [run] = await database.query(
      `SELECT pages, orders_seen AS seen, orders_inserted AS inserted, orders_updated AS updated,
              orders_unchanged AS unchanged, orders_rejected AS rejected, page_token AS token FROM sync_run`,
    );
    return run;
  };

  const rejected = [{ amazonOrderId: null, reason: 'not an order', payload: {}, isIncomplete: false }];
  const { length } = rows;

  it('takes the lock and one statement, whatever changed and however many orders', async () => {
    const run = await claimedRun(database);
    expect(length).toBeGreaterThan(80);
    expect(await save(run, { rows: rows.slice(0, 1) })).toBe(2);
    expect(await save(run, { rows })).toBe(2);
    expect(await save(run, { rows })).toBe(2);
    expect(await save(run, { rows: changed })).toBe(2);
    const counts = { seen: 1 + 3 * length, inserted: length, updated: length, unchanged: 1 + length, rejected: 0 };
    expect(await runCounts()).toEqual({ pages: 4, ...counts, token: 'a token' });
  });

  it('takes one more for rejected orders, and one for the cursors after the last page', async () => {
    const run = await claimedRun(database);
    expect(await save(run, { rows, rejected })).toBe(3);
    expect(await save(run, { rows, rejected, next: null })).toBe(4);
  });

  it('rolls a dry run back, and keeps the counters and the checkpoint of its run', async () => {
    const run = await claimedRun(database);
    await save(run, { rows });
    const tables = [
      'amazon_order',
      'amazon_order_item',
      'order_items',
      'order_change',
      'rejected_order',
      'sync_cursor',
      'marketplaces',
    ];
    const contents = () => Promise.all(tables.map((table) => database.query(`SELECT * FROM ${table} ORDER BY 1`)));
    const before = await contents();
    const [, ...others] = rows;
    const dryRun = { ...run, dryRun: true };
    expect(await save(dryRun, { rows: changed, rejected })).toBe(6);
    await save(dryRun, { rows: others, rejected, next: null });
    expect(await contents()).toEqual(before);
    const counts = { seen: 3 * length - 1, inserted: length, updated: length, unchanged: length - 1, rejected: 2 };
    expect(await runCounts()).toEqual({ pages: 3, ...counts, token: 'a token' });
  });

  it.each([false, true])('writes nothing once the lease is lost (dry run: %s)', async (dryRun) => {
    const run = { ...(await claimedRun(database)), dryRun };
    await save({ ...run, dryRun: false }, { rows });
    const before = await contentsOf(database);
    const lost = { ...run, claim: '00000000-0000-4000-8000-000000000000' };
    for (const page of [{ rows }, { rows: changed }, { rows: [] }, { rows: changed, rejected, next: null }])
      await expect(save(lost, page)).rejects.toMatchObject({ name: 'LeaseLostError' });
    expect(await contentsOf(database)).toEqual(before);
    expect(await database.query('SELECT pages FROM sync_run')).toEqual([{ pages: 1 }]);
    for (const table of ['rejected_order', 'sync_cursor'])
      expect(await database.query(`SELECT 1 AS one FROM ${table}`)).toEqual([]);
  });

  it('waits for another transaction that writes orders, and merges into what that one wrote', async () => {
    const { older, newer } = versions();
    let begun = () => {};
    const written = new Promise<void>((resolve) => {
      begun = resolve;
    });
    let end = () => {};
    const gate = new Promise<void>((resolve) => {
      end = resolve;
    });
    const run = await claimedRun(database);
    const other = writeOrders(database, async (sql) => {
      await saveOrders(sql, [older], { includeItems: true, at: new Date(), changeSource: 'SYNC' });
      begun();
      await gate;
    });
    await written;
    const page = savePage(database, run, { ...emptyPage(), rows: [newer] });
    // PGlite has one session, so the whole page waits.
    if (database.kind === 'postgres') await vi.waitFor(lockIsAwaited, { interval: 20, timeout: 60_000 });
    end();
    await Promise.all([other, page]);
    const plain = new PlainMirror();
    for (const row of [older, newer]) plain.save(row, true);
    expect(await contentsOf(database)).toEqual(plain.contents());
  });
});
