import { beforeAll, describe, expect } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { findOrders, findOrdersStatement, type OrdersRequest } from '../../src/mirror/read/find-orders.js';
import { it } from '../helpers/fixtures.js';
import { type PlanNode, planNodes, rowsRead } from '../helpers/query-plan.js';
import { seedOrders } from '../helpers/seed-orders.js';

const COUNT = 50_000;
const ADJECTIVES = ['Blue', 'Heavy', 'Small', 'Foldable', 'Steel', 'Oak', 'Ceramic', 'Round', 'Quiet', 'Soft'];
const NOUNS = ['mug', 'lamp', 'chair', 'kettle', 'rug', 'shelf', 'clock'];
let database: Database;
it.beforeAll(({ database: opened }) => {
  database = opened;
});
beforeAll(async () => {
  await seedOrders(database, COUNT);
  await database.query(
    `UPDATE amazon_order_item SET title = ($1::text[])[order_id % 10 + 1] || ' ' || ($2::text[])[order_id % 7 + 1] || ' no ' || order_id`,
    [ADJECTIVES, NOUNS],
  );
  await database.query(
    `UPDATE amazon_order_item SET title = 'ספל כחול, 50% Café' WHERE order_id IN (SELECT min(id) FROM amazon_order)`,
  );
  await database.query('ANALYZE amazon_order, amazon_order_item');
});

const request = (search: string): OrdersRequest => ({
  filter: { search },
  sort: { field: 'PURCHASE_DATE', direction: 'DESC' },
  limit: 50,
  fromEnd: false,
  after: null,
  before: null,
  selected: { order: new Set(), items: null },
  withCount: true,
});

async function found(search: string): Promise<number | null> {
  return (await findOrders(database, request(search))).count;
}

/** The number of orders that have a property, as told by SQL without an index's operators. */
async function counted(condition: string): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    `SELECT count(DISTINCT o.id)::int AS count FROM amazon_order o JOIN amazon_order_item i ON i.order_id = o.id WHERE ${condition}`,
  );
  return row?.count ?? -1;
}

const within = (column: string, text: string) => `position('${text.toLowerCase()}' in lower(${column})) > 0`;

describe('a search', () => {
  it.each([
    ['a whole order id', '734-0000123-0000001', within('o.amazon_order_id', '734-0000123-0000001')],
    ['the middle of an order id', '-00123', within('o.amazon_order_id', '-00123')],
    ['the middle of a SKU, ignoring case', 'KU_417', within('i.seller_sku', 'ku_417')],
    [
      'the middle of an ASIN',
      '00000123',
      `${within('i.asin', '00000123')} OR ${within('o.amazon_order_id', '00000123')}`,
    ],
    ['a word of a title', 'foldable', within('i.title', 'foldable')],
    [
      'several words of a title, in any order',
      'KETTLE  heavy',
      `${within('i.title', 'heavy')} AND ${within('i.title', 'kettle')}`,
    ],
    ['words of other scripts', 'כחול ספל', within('i.title', 'כחול')],
    ['a percent sign, as it is', '50%', `${within('i.title', '50%')} OR ${within('i.seller_sku', '50%')}`],
    ['an accented word', 'café', within('i.title', 'café')],
  ])('finds %s', async (_what, search, condition) => {
    const expected = await counted(condition);
    expect(expected).toBeGreaterThan(0);
    expect(await found(search)).toBe(expected);
  });

  it('does not mix the words of two items, and finds nothing for what no order has', async () => {
    expect(await found('kettle lamp')).toBe(0);
    expect(await found('no such thing')).toBe(0);
    expect(await found('___')).toBe(0);
    expect(await found('\\\\\\')).toBe(0);
  });

  it('of one or two characters matches the beginning of ids, SKUs and ASINs only', async () => {
    expect(await found('70')).toBe(await counted(`o.amazon_order_id LIKE '70%'`));
    expect(await found('mu')).toBe(0);
  });

  it.each(['0012345', 'Sku_417%1', 'KU_417', 'B000000123', '00000123', 'foldable kettle no 4'])(
    'has a plan without sequential scans: %s',
    async (search) => {
      const nodes = await planNodes(database, findOrdersStatement(request(search)));
      expect(nodes.filter((node) => node['Node Type'].endsWith('Seq Scan'))).toEqual([]);
      expect(nodes.map((node: PlanNode) => node['Index Name'])).toEqual(
        expect.arrayContaining([
          'amazon_order_search_parts_idx',
          'mirrored_product_search_idx',
          'amazon_order_item_product_idx',
        ]),
      );
    },
  );

  it('reads few rows for a rare text', async () => {
    const statement = findOrdersStatement({ ...request('0012345'), withCount: false });
    const nodes = await planNodes(database, statement, { analyze: true });
    expect(Math.max(...nodes.map(rowsRead))).toBeLessThan(1_000);
  });
});
