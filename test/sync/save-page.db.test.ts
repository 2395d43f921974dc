import { beforeEach, describe, expect, it, vi } from 'vitest';
import { seedMarketplaces } from '../../src/connection/marketplaces.js';
import type { Sql } from '../../src/database/database.js';
import { COMPARE } from '../../src/mirror/write/compare-orders.js';
import { columnsOf, MERGE_VALUES } from '../../src/mirror/write/merge-orders.js';
import { type OrderRow, orderRows } from '../../src/mirror/write/order-rows.js';
import { SAVE_SQL, saveOrders, writeOrders } from '../../src/mirror/write/save-orders.js';
import { MOVE_VALUES } from '../../src/runs/checkpoint.js';
import { readOrder } from '../../src/spapi/orders/read-order.js';
import type { Order } from '../../src/spapi/orders/wire.js';
import { type PageArrival, SAVE_PAGE_SQL, savePage } from '../../src/sync/read/save-page.js';
import { claimedRun, emptyPage } from '../helpers/claimed-run.js';
import { contentsOf, PlainMirror } from '../helpers/plain-mirror.js';
import { randomRows } from '../helpers/random-rows.js';
import { createTestDatabase, withDatabase } from '../helpers/with-database.js';
import { emptyMirror } from '../helpers/with-sync.js';

const at = withDatabase();
beforeEach(async () => {
  await emptyMirror(at.database);
  await seedMarketplaces(at.database);
});

const rows = eachOnce(randomRows(1, 500));
const changed = rows.map((row) => ({ ...row, contentHash: 'another' }));

function eachOnce(all: readonly OrderRow[]): OrderRow[] {
  return [...new Map(all.map((row) => [row.amazonOrderId, row])).values()];
}

/** Of the same order: an item that is in the older one only, one that is in both, and one that is in the newer one only. */
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

async function lockAwaited(): Promise<void> {
  const waiting = await at.database.query(`SELECT 1 AS one FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`);
  if (waiting.length === 0) throw new Error('Nobody waits to write orders.');
}

interface PlanNode {
  readonly type: string;
  readonly table: string | undefined;
  readonly index: string | undefined;
}

async function planOf(sql: Sql, statement: string): Promise<PlanNode[]> {
  const nodes: PlanNode[] = [];
  JSON.stringify(await sql.query(`EXPLAIN (FORMAT JSON) ${statement}`), (_key, node) => {
    if (node?.['Node Type'])
      nodes.push({ type: node['Node Type'], table: node['Relation Name'], index: node['Index Name'] });
    return node;
  });
  return nodes;
}

describe('a page', () => {
  const statements = async (run: Awaited<ReturnType<typeof claimedRun>>, page: Partial<PageArrival>) => {
    at.statements.length = 0;
    await savePage(at.database, run, { ...emptyPage(), ...page });
    return at.statements.length;
  };

  const counted = async () => {
    const [run] = await at.database.query(
      `SELECT pages, orders_seen AS seen, orders_inserted AS inserted, orders_updated AS updated,
              orders_unchanged AS unchanged FROM sync_run WHERE status = 'RUNNING'`,
    );
    return run;
  };

  const { length } = rows;
  const newThenSameThenChanged = {
    pages: 3,
    seen: 3 * length,
    inserted: length,
    updated: length,
    unchanged: length,
  };

  it('takes three statements when something is new or changed, however many orders', async () => {
    const run = await claimedRun(at.database);
    expect(rows.length).toBeGreaterThan(80);
    expect(await statements(run, { rows: rows.slice(0, 1) })).toBe(3);
    expect(await statements(run, { rows })).toBe(3);
    expect(await statements(run, { rows: [...rows.slice(1), ...changed.slice(0, 1)] })).toBe(3);
    expect(await statements(run, { rows: changed })).toBe(3);
  });

  it('takes two when most is likely to be new, and counts what is not', async () => {
    const run = await claimedRun(at.database);
    const columns = (some: readonly OrderRow[]) => columnsOf(some, true);
    expect(await statements(run, { rows, columns: columns(rows) })).toBe(2);
    expect(await statements({ ...run, dryRun: true }, { rows: changed, columns: columns(changed) })).toBe(1);
    const written = await at.database.query('SELECT max(mirrored_at) AS at FROM amazon_order');
    expect(await statements(run, { rows, columns: columns(rows) })).toBe(2);
    expect(await at.database.query('SELECT max(mirrored_at) AS at FROM amazon_order')).toEqual(written);
    expect(await counted()).toEqual(newThenSameThenChanged);
  });

  it('takes one statement when nothing is, and in a dry run', async () => {
    const run = await claimedRun(at.database);
    await statements(run, { rows });
    expect(await statements(run, { rows })).toBe(1);
    expect(await statements({ ...run, dryRun: true }, { rows: changed })).toBe(1);
    expect(await counted()).toEqual(newThenSameThenChanged);
  });

  it('moves nothing when its claim is lost, whatever is on it', async () => {
    const run = await claimedRun(at.database);
    await statements(run, { rows });
    const before = await contentsOf(at.database);
    const lost = { ...run, claim: '00000000-0000-4000-8000-000000000000' };
    for (const page of [
      { rows },
      { rows: changed },
      { rows: [] },
      { rows: changed, columns: columnsOf(changed, true) },
    ])
      await expect(statements(lost, page)).rejects.toMatchObject({ name: 'ClaimLost' });
    expect(await contentsOf(at.database)).toEqual(before);
    expect(await at.database.query('SELECT pages FROM sync_run')).toEqual([{ pages: 1 }]);
  });

  it('keeps the newer of an order that is on it under two marketplaces, asked first or not', async () => {
    const told = (orderId: string, marketplaceId: string | null, day: number) =>
      readOrder({
        orderId,
        createdTime: '2026-03-01T00:00:00Z',
        lastUpdatedTime: `2026-03-0${day}T00:00:00Z`,
        salesChannel: { channelName: 'AMAZON', marketplaceId },
        fulfillment: { fulfillmentStatus: 'SHIPPED' },
        orderItems: [{ orderItemId: `item of ${orderId}`, quantityOrdered: day, product: {} }],
      }) as Order;
    const page = orderRows([told('A', null, 5), told('A', 'US', 9), told('B', 'US', 9), told('B', null, 5)]);
    const run = await claimedRun(at.database);
    for (const columns of [undefined, columnsOf(page, true)]) {
      await at.database.query('TRUNCATE amazon_order, amazon_order_item, order_items');
      await savePage(at.database, run, { ...emptyPage(), rows: page, columns });
      const held = await at.database.query(
        `SELECT o.amazon_order_id AS id, o.marketplace_id AS "of", i.quantity_ordered AS units, l.units AS sold
           FROM amazon_order o JOIN amazon_order_item i ON i.order_id = o.id
                JOIN order_items l ON l.source_order_item_id = i.order_item_id ORDER BY 1`,
      );
      expect(held).toEqual(['A', 'B'].map((id) => ({ id, of: 'US', units: 9, sold: 9 })));
    }
  });

  it('waits for the disk where it has to: not in the middle of a run, where a server writes it a moment later', async () => {
    const commitOf = (options?: { durable: boolean }) =>
      writeOrders(at.database, (sql) => sql.query(`SELECT current_setting('synchronous_commit') AS how`), options);
    const [usual] = await at.database.query(`SELECT current_setting('synchronous_commit') AS how`);
    expect(await commitOf()).toEqual([usual]);
    expect(await commitOf({ durable: false })).toEqual([at.database.kind === 'postgres' ? { how: 'off' } : usual]);
    expect(await at.database.query(`SELECT current_setting('synchronous_commit') AS how`)).toEqual([usual]);
  });

  it('waits for who else writes orders, and then finds what that one wrote', async () => {
    const { database } = at;
    const { older, newer } = versions();
    let begun = () => {};
    const written = new Promise<void>((resolve) => {
      begun = resolve;
    });
    let end = () => {};
    const gate = new Promise<void>((resolve) => {
      end = resolve;
    });
    const other = writeOrders(database, async (sql) => {
      await saveOrders(sql, columnsOf([older], true), { at: new Date() });
      begun();
      await gate;
    });
    await written;
    const run = claimedRun(database);
    const page = run.then((claimed) => savePage(database, claimed, { ...emptyPage(), rows: [newer] }));
    // On PGlite's one session all of it waits; on PostgreSQL the page has compared, and waits for the lock.
    if (database.kind === 'postgres') await vi.waitFor(lockAwaited, { interval: 20, timeout: 15_000 });
    end();
    await Promise.all([other, page]);
    const plain = new PlainMirror();
    for (const row of [older, newer]) plain.save(row, true);
    expect(await contentsOf(database)).toEqual(plain.contents());
  });
});

describe('an index answers', () => {
  const TABLES = ['amazon_order', 'amazon_order_item', 'order_items'];
  const INDEXES = [
    'amazon_order_amazon_order_id_marketplace_id_key',
    'amazon_order_item_order_id_id_idx',
    'order_items_order_id_marketplace_id_idx',
  ];

  it.each(['never analysed', 'analysed'])('what a page asks, by a plan made while all was empty: %s', async (what) => {
    const test = await createTestDatabase();
    const database = await test.open();
    try {
      await seedMarketplaces(database);
      await writeOrders(database, async (sql) => {
        await sql.query('SET LOCAL plan_cache_mode = force_generic_plan');
        await sql.query(`PREPARE merge AS ${SAVE_SQL}`);
        await sql.query(`PREPARE page AS ${SAVE_PAGE_SQL}`);
        await sql.query(`PREPARE compare AS ${COMPARE} SELECT * FROM counted`);
        const nulls = (count: number) => Array.from({ length: count }, () => 'NULL').join(', ');
        const plans = async () => [
          await planOf(sql, `EXECUTE merge (${nulls(MERGE_VALUES)})`),
          await planOf(sql, `EXECUTE page (${nulls(MERGE_VALUES + MOVE_VALUES + 1)})`),
          await planOf(sql, `EXECUTE compare (${nulls(6)})`),
        ];
        const check = async () => {
          const [merge = [], page = [], compare = []] = await plans();
          for (const plan of [merge, page]) {
            expect(plan.filter((node) => node.type === 'Seq Scan' && TABLES.includes(node.table ?? ''))).toEqual([]);
            expect(INDEXES.filter((index) => !plan.some((node) => node.index === index))).toEqual([]);
          }
          expect(compare.filter((node) => node.table === 'amazon_order').map((node) => node.type)).not.toContain(
            'Seq Scan',
          );
          expect(compare.map((node) => node.index)).toContain(INDEXES[0]);
          // Nested loops: three look-ups row by row, and four joins with the run's one row.
          expect(merge.filter((node) => node.type === 'Nested Loop')).toHaveLength(3);
          expect(page.filter((node) => node.type === 'Nested Loop')).toHaveLength(3 + 4);
        };
        await check();
        await saveOrders(sql, columnsOf(eachOnce(randomRows(2, 6_000)), true), { at: new Date() });
        if (what === 'analysed') await sql.query('ANALYZE');
        await check();
      });
    } finally {
      await database.close();
      await test.drop();
    }
  });
});
