import { beforeEach, describe, expect } from 'vitest';
import { seedMarketplaces } from '../../src/connection/marketplaces.js';
import type { Database } from '../../src/database/database.js';
import { orderRows } from '../../src/mirror/write/order-rows.js';
import { saveOrders, saveOrdersStatement, writeOrders } from '../../src/mirror/write/save-orders.js';
import type { Order } from '../../src/spapi/orders/order.js';
import { readOrder } from '../../src/spapi/orders/read-order.js';
import { saveArrivalStatement, savePage } from '../../src/sync/read/save-page.js';
import { claimedRun, emptyPage } from '../helpers/claimed-run.js';
import { ledgerDifferences } from '../helpers/derived-ledger.js';
import { it } from '../helpers/fixtures.js';
import { contentsOf, PlainMirror } from '../helpers/plain-mirror.js';
import { planNodes } from '../helpers/query-plan.js';
import { batchesOf, eachOnce, randomRows } from '../helpers/random-rows.js';
import { createTestDatabase, databaseKind } from '../helpers/with-database.js';
import { emptyMirror } from '../helpers/with-sync.js';

let database: Database;

let statements: string[];

it.beforeAll(({ database: opened, statements: sent }) => {
  database = opened;

  statements = sent;
});
beforeEach(() => emptyMirror(database));

describe('saveOrders', () => {
  it.each(databaseKind === 'pglite' ? [1, 2] : [3, 4])(
    'gives the same result in pages, in batches and order by order: seed %i',
    async (seed) => {
      const parts = [
        { rows: randomRows(seed, 400), includeItems: true },
        { rows: randomRows(seed + 10, 200, 0), includeItems: false },
        { rows: randomRows(seed + 20, 400, 0), includeItems: true },
      ];
      const plain = new PlainMirror();
      for (const { rows, includeItems } of parts)
        for (const batch of batchesOf(rows)) {
          const counts = { inserted: 0, updated: 0, unchanged: 0 };
          for (const row of batch) counts[plain.save(row, includeItems)] += 1;
          const options = { includeItems, at: new Date(), changeSource: 'SYNC' } as const;
          expect(await writeOrders(database, (sql) => saveOrders(sql, batch, options))).toEqual(counts);
        }
      expect(await contentsOf(database)).toEqual(plain.contents());
      expect(await ledgerDifferences(database)).toEqual([]);

      await emptyMirror(database);
      for (const { rows, includeItems } of parts) {
        const run = await claimedRun(database, { includeItems });
        for (const batch of batchesOf(rows))
          for (let start = 0; start < batch.length; start += 20)
            await savePage(database, run, { ...emptyPage(), rows: batch.slice(start, start + 20) });
        await database.query(`UPDATE sync_run SET status = 'OK' WHERE status = 'RUNNING'`);
      }
      expect(await contentsOf(database)).toEqual(plain.contents());
      expect(await ledgerDifferences(database)).toEqual([]);
    },
  );

  it('takes one statement for any number of orders, and writes no unchanged order', async () => {
    const rows = eachOnce(randomRows(5, 4_000)).slice(0, 500);
    expect(rows).toHaveLength(500);
    const save = async (count: number) => {
      statements.length = 0;
      const options = { includeItems: true, at: new Date(), changeSource: 'SYNC' } as const;
      const counts = await writeOrders(database, (sql) => saveOrders(sql, rows.slice(0, count), options));
      const [, text, ...others] = statements;
      expect(others).toEqual([]);
      return { counts, text };
    };
    const { text, counts } = await save(1);
    expect(counts).toEqual({ inserted: 1, updated: 0, unchanged: 0 });
    expect(await save(500)).toEqual({ text, counts: { inserted: 499, updated: 0, unchanged: 1 } });
    const versions = () =>
      Promise.all(
        ['amazon_order', 'amazon_order_item', 'order_items'].map((table) =>
          database.query(`SELECT id::text, xmin::text, ctid::text FROM ${table} ORDER BY id`),
        ),
      );
    const before = await versions();
    expect(await save(500)).toEqual({ text, counts: { inserted: 0, updated: 0, unchanged: 500 } });
    expect(await versions()).toEqual(before);
  });

  it('keeps the newer version of an order that comes under two marketplaces', async () => {
    const version = (orderId: string, marketplaceId: string | null, day: number) =>
      readOrder({
        orderId,
        createdTime: '2026-03-01T00:00:00Z',
        lastUpdatedTime: `2026-03-0${day}T00:00:00Z`,
        salesChannel: { channelName: 'AMAZON', marketplaceId },
        fulfillment: { fulfillmentStatus: 'SHIPPED' },
        orderItems: [{ orderItemId: `item of ${orderId}`, quantityOrdered: day, product: {} }],
      }) as Order;
    const rows = await orderRows([
      version('A', null, 5),
      version('A', 'US', 9),
      version('B', 'US', 9),
      version('B', null, 5),
    ]);
    await writeOrders(database, (sql) =>
      saveOrders(sql, rows, { includeItems: true, at: new Date(), changeSource: 'SYNC' }),
    );
    const stored = await database.query(
      `SELECT o.amazon_order_id AS id, o.marketplace_id AS "of", i.quantity_ordered AS units, l.units AS sold
         FROM amazon_order o JOIN amazon_order_item i ON i.order_id = o.id
              JOIN order_items l ON l.source_order_item_id = i.order_item_id ORDER BY 1`,
    );
    expect(stored).toEqual(['A', 'B'].map((id) => ({ id, of: 'US', units: 9, sold: 9 })));
  });
});

describe('the plan of a merge', () => {
  const TABLES = ['amazon_order', 'amazon_order_item', 'order_items'];
  const INDEXES = [
    'amazon_order_amazon_order_id_marketplace_id_key',
    'amazon_order_pkey',
    'amazon_order_item_order_id_id_idx',
    'order_items_order_id_marketplace_id_idx',
  ];

  it.each(['never analysed', 'analysed'])('made on empty tables, uses indexes on full ones: %s', async (what) => {
    const test = await createTestDatabase();
    const database = await test.open();
    try {
      await seedMarketplaces(database);
      const run = await claimedRun(database);
      const options = { includeItems: true, at: new Date(), changeSource: 'SYNC' } as const;
      await writeOrders(database, async (sql) => {
        await sql.query('SET LOCAL plan_cache_mode = force_generic_plan');
        const prepare = async (name: string, { text, values }: { text: string; values: unknown[] }) => {
          await sql.query(`PREPARE ${name} AS ${text}`);
          return `EXECUTE ${name} (${values.map(() => 'NULL').join(', ')})`;
        };
        // Nested loops: four look-ups per row; for a page also two joins with the run's row.
        const statements = [
          { text: await prepare('orders', saveOrdersStatement([], options)), loops: 4 },
          { text: await prepare('page', saveArrivalStatement(run, { ...emptyPage(), pages: 1 })), loops: 4 + 2 },
        ];
        const check = async () => {
          for (const { text, loops } of statements) {
            const nodes = await planNodes(sql, { text });
            const scans = nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']);
            expect(scans.filter((table = '') => TABLES.includes(table))).toEqual([]);
            expect(nodes.map((node) => node['Index Name'])).toEqual(expect.arrayContaining(INDEXES));
            expect(nodes.filter((node) => node['Node Type'] === 'Nested Loop')).toHaveLength(loops);
          }
        };
        await check();
        await saveOrders(sql, eachOnce(randomRows(2, 6_000)), options);
        if (what === 'analysed') await sql.query('ANALYZE');
        await check();
      });
    } finally {
      await database.close();
      await test.drop();
    }
  });
});
