import { beforeAll, describe, expect } from 'vitest';
import { it } from '../helpers/fixtures.js';
import { DE, seedOrders } from '../helpers/seed-orders.js';
import { codesOf, type TestServer } from '../helpers/with-server.js';

let server: TestServer;

it.beforeAll(({ server: started }) => {
  server = started;
});
beforeAll(async () => {
  await seedOrders(server.database, 500);
  await server.database.query(
    `UPDATE amazon_order SET fulfilled_by = 'MERCHANT', ship_by_latest = CASE WHEN id % 20 > 1 THEN now() - id * interval '1 hour' END`,
  );
});

const ask = async (query: string, variables = {}) => {
  const answer = await server.ask(query, variables, server.viewer);
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  // biome-ignore lint/suspicious/noExplicitAny: the shape is that of the query
  return answer.data as any;
};

describe('orders', () => {
  it('to ship are paginated by their latest time to ship, unknown ones last', async () => {
    const read: { shipByWindow: { latestDateTime: string } | null }[] = [];
    let after: string | null = null;
    for (let more = true; more; ) {
      const { orders } = await ask(
        `query ($after: String) {
           orders(first: 40, after: $after, filter: { toShip: ALL }, orderBy: { field: SHIP_BY, direction: ASC }) {
             totalCount nodes { shipByWindow { latestDateTime } } pageInfo { hasNextPage endCursor }
           }
         }`,
        { after },
      );
      read.push(...orders.nodes);
      after = orders.pageInfo.endCursor;
      more = orders.pageInfo.hasNextPage;
      if (!more) expect(orders.totalCount).toBe(read.length);
    }
    const times = read.map(({ shipByWindow }) => shipByWindow?.latestDateTime ?? 'unknown');
    expect(times).toContain('unknown');
    expect(times).toEqual(times.toSorted());
  });

  it('have a cursor by the time to ship, even if the operation does not select it', async () => {
    const { orders } = await ask(
      '{ orders(first: 1, filter: { toShip: OVERDUE }, orderBy: { field: SHIP_BY }) { edges { cursor } } }',
    );
    expect(orders.edges).toHaveLength(1);
  });

  it('are not sorted by the time to ship without `toShip`', async () => {
    const answer = await server.ask('{ orders(orderBy: { field: SHIP_BY }) { totalCount } }', {}, server.viewer);
    expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
    expect(answer.errors?.[0]?.message).toContain('with the filter `toShip` only');
  });

  it('have totals and counts by status of all that match, with decimals of the currency', async () => {
    const { orders } = await ask(
      `{ orders(first: 1, filter: { marketplaceIds: ["${DE}"], statuses: ["SHIPPED"] }) {
           totalCount totals { currencyCode orders orderTotal soldOrders exactUnits revenue unknownPriceOrders }
           statusCounts { status count }
         } }`,
    );
    const count = orders.totalCount;
    // Without lines in the ledger there are no sales.
    const total = (Math.round(count * 9990) / 100).toFixed(2);
    expect(orders.totals).toEqual([
      {
        currencyCode: 'USD',
        orders: count,
        orderTotal: total,
        soldOrders: 0,
        exactUnits: '0',
        revenue: '0.00',
        unknownPriceOrders: 0,
      },
    ]);
    expect(orders.statusCounts).toContainEqual({ status: 'SHIPPED', count });
    expect(orders.statusCounts.length).toBeGreaterThan(2);
  });

  it('of a search with fewer characters than a trigram match beginnings only', async () => {
    const { two, three } = await ask(
      `{ two: orders(first: 1, filter: { search: "ku" }) { totalCount }
         three: orders(first: 1, filter: { search: "ku_" }) { totalCount } }`,
    );
    expect([two.totalCount, three.totalCount]).toEqual([0, 500]);
  });

  const search = async (text: string) => {
    const { orders } = await ask(
      'query ($text: String) { orders(first: 2, filter: { search: $text }) { totalCount nodes { amazonOrderId } } }',
      { text },
    );
    return orders as { totalCount: number; nodes: { amazonOrderId: string }[] };
  };

  it.each([
    '734-0000123-0000001',
    '73400001230000001',
    '#734-0000123-0000001',
    '# 73400001230000001',
    'Order 734-0000123-0000001',
    'ORDER # 734-0000123-0000001',
    'Order ID: 734-0000123-0000001',
    ' order id:73400001230000001 ',
    'Order number: 734-0000123-0000001',
    'Order no. 734-0000123-0000001',
  ])('of a search for the order id "%s" are the one with it', async (text) => {
    expect(await search(text)).toEqual({ totalCount: 1, nodes: [{ amazonOrderId: '734-0000123-0000001' }] });
  });

  it.each([
    '7340000123000001',
    '734000012300000011',
    'Order 734-0000123-0000009',
    'Order 734-0000123-0000001 shipped',
    'Border 734-0000123-0000001',
  ])('of a search for "%s", which is no order id of the mirror, are none', async (text) => {
    expect(await search(text)).toEqual({ totalCount: 0, nodes: [] });
  });

  it('of a search for words or digits that look like an order id are those whose title or SKU has them', async () => {
    await server.database.query(
      `UPDATE amazon_order_item SET title = 'Order book no. 5', seller_sku = 'EAN-73400001230000001'
        WHERE amazon_order_id = '707-0000007-0000001'`,
    );
    const found = { totalCount: 1, nodes: [{ amazonOrderId: '707-0000007-0000001' }] };
    for (const text of ['order', 'Order no.', 'order book', 'EAN-73400001230000001'])
      expect(await search(text)).toEqual(found);
    expect((await search('73400001230000001')).totalCount).toBe(2);
  });
});

it('a marketplace has its time zone', async () => {
  const { marketplaces } = await ask('{ marketplaces { marketplaceId timeZone } }');
  expect(marketplaces).toContainEqual({ marketplaceId: DE, timeZone: 'Europe/Berlin' });
});
