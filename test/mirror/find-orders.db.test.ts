import { beforeAll, describe, expect } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { findOrders, findOrdersStatement, type OrdersRequest } from '../../src/mirror/read/find-orders.js';
import { ALL_MEMBERS, type MirroredOrder } from '../../src/mirror/read/mirrored-order.js';
import {
  decodeOrderCursor,
  encodeOrderCursor,
  type OrderPosition,
  type OrderSort,
} from '../../src/mirror/read/order-cursor.js';
import type { OrderFilter } from '../../src/mirror/read/order-filter.js';
import { countOrders } from '../helpers/count-orders.js';
import { it } from '../helpers/fixtures.js';
import { planNodes, rowsRead } from '../helpers/query-plan.js';
import { DE, seedOrders, US } from '../helpers/seed-orders.js';

const COUNT = 20_000;
let database: Database;
let statements: string[];
it.beforeAll(({ database: opened, statements: sent }) => {
  database = opened;
  statements = sent;
});
beforeAll(() => seedOrders(database, COUNT));

const SORTS = (['PURCHASE_DATE', 'LAST_UPDATE_DATE'] as const).flatMap((field) =>
  (['ASC', 'DESC'] as const).map((direction): OrderSort => ({ field, direction })),
);
const NEWEST: OrderSort = { field: 'PURCHASE_DATE', direction: 'DESC' };

function find(request: Partial<OrdersRequest> = {}) {
  return findOrders(database, { ...plain, ...request });
}
const plain: OrdersRequest = {
  filter: {},
  sort: NEWEST,
  limit: 50,
  fromEnd: false,
  after: null,
  before: null,
  selected: { order: ALL_MEMBERS.order, items: null },
  withCount: false,
};

function positionOf(sort: OrderSort, row: MirroredOrder | undefined): OrderPosition {
  if (!row) throw new Error('There is no such row.');
  return { at: sort.field === 'PURCHASE_DATE' ? row.purchaseDate : row.lastUpdateDate, id: row.id };
}

/** Returns all orders that match, sorted in memory. */
async function sorted(sort: OrderSort, filter: (row: MirroredOrder) => boolean = () => true): Promise<MirroredOrder[]> {
  const { rows: all } = await find({ limit: COUNT });
  const sign = sort.direction === 'ASC' ? 1 : -1;
  return all.filter(filter).sort((a, b) => {
    const [x, y] = [positionOf(sort, a), positionOf(sort, b)];
    return sign * (Date.parse(x.at) - Date.parse(y.at) || Number(x.id - y.id));
  });
}

describe('a page', () => {
  it.each(SORTS)('is a slice of the whole list, forwards and backwards: $field $direction', async (sort) => {
    const whole = (await sorted(sort)).map(({ id }) => id);
    for (const fromEnd of [false, true]) {
      const read: bigint[] = [];
      let at: OrderPosition | null = null;
      for (let pages = 0; pages < 5; pages++) {
        const bound: Partial<OrdersRequest> = fromEnd ? { before: at } : { after: at };
        const { rows, hasNext, hasPrevious } = await find({ sort, fromEnd, limit: 37, ...bound });
        expect(fromEnd ? [hasNext, hasPrevious] : [hasPrevious, hasNext]).toEqual([pages > 0, true]);
        const ids = rows.map(({ id }) => id);
        if (fromEnd) read.unshift(...ids);
        else read.push(...ids);
        at = positionOf(sort, fromEnd ? rows[0] : rows.at(-1));
      }
      expect(read).toEqual(fromEnd ? whole.slice(-5 * 37) : whole.slice(0, 5 * 37));
    }
  });

  it('lies between its two bounds', async () => {
    const whole = await sorted(NEWEST);
    const [after, before] = [positionOf(NEWEST, whole[9]), positionOf(NEWEST, whole[20])];
    const range = await find({ after, before });
    expect(range.rows.map(({ id }) => id)).toEqual(whole.slice(10, 20).map(({ id }) => id));
    expect(range).toMatchObject({ hasPrevious: true, hasNext: false });
    const end = await find({ after, before, fromEnd: true, limit: 3 });
    expect(end.rows.map(({ id }) => id)).toEqual(whole.slice(17, 20).map(({ id }) => id));
    expect(end).toMatchObject({ hasPrevious: true, hasNext: true });
  });

  it('reports previous and next pages even when it is empty', async () => {
    const whole = await sorted(NEWEST);
    const past = await find({ after: positionOf(NEWEST, whole.at(-1)) });
    expect(past).toMatchObject({ rows: [], hasNext: false, hasPrevious: true });
    expect(await find({ filter: { statuses: [] } })).toMatchObject({ rows: [], hasNext: false, hasPrevious: false });
    expect(await find({ limit: 0 })).toMatchObject({ rows: [], hasNext: true });
  });

  it('takes one statement', async () => {
    statements.length = 0;
    await find({ after: { at: new Date().toISOString(), id: 1n }, filter: { search: 'sku_1', statuses: ['SHIPPED'] } });
    expect(statements).toHaveLength(1);
  });
});

describe('a filter', () => {
  const matches = async (filter: OrderFilter, rule: (row: MirroredOrder) => boolean) => {
    const expected = (await sorted(NEWEST, rule)).map(({ id }) => id);
    const { rows } = await find({ filter, limit: COUNT * 2 });
    expect(rows.map(({ id }) => id)).toEqual(expected);
    expect(await countOrders(database, filter)).toBe(expected.length);
    expect(expected.length).toBeGreaterThan(0);
    return rows;
  };
  const march = new Date('2026-01-10T00:00:00.000Z');
  const april = new Date('2026-01-12T12:00:00.000Z');

  it('matches any of the named statuses and marketplaces', async () => {
    await matches({ statuses: ['UNFULFILLABLE'] }, (row) => row.orderStatus === 'UNFULFILLABLE');
    await matches(
      { statuses: ['UNFULFILLABLE', 'PENDING'], marketplaceIds: [DE, US] },
      (row) => ['UNFULFILLABLE', 'PENDING'].includes(row.orderStatus) && [DE, US].includes(row.marketplaceId),
    );
  });

  it('compares dates to the millisecond, with inclusive lower and exclusive upper bounds', async () => {
    const rows = await matches(
      { purchasedAfter: march, purchasedBefore: april },
      ({ purchaseDate }) => new Date(purchaseDate) >= march && new Date(purchaseDate) < april,
    );
    const date = new Date(rows[30]?.purchaseDate ?? march);
    await matches({ purchasedAfter: date }, ({ purchaseDate }) => new Date(purchaseDate) >= date);
    await matches({ purchasedBefore: date }, ({ purchaseDate }) => new Date(purchaseDate) < date);
    await matches({ updatedAfter: date }, ({ lastUpdateDate }) => new Date(lastUpdateDate) >= date);
  });

  it('matches fulfilment, programs, order ids and unknown prices', async () => {
    await database.query(`UPDATE amazon_order SET programs = '{PRIME,PREMIUM}' WHERE id % 50 = 1`);
    await database.query(`UPDATE amazon_order SET fulfilled_by = 'MERCHANT' WHERE id % 50 = 2`);
    await database.query(
      `UPDATE amazon_order_item SET item_price_amount = NULL, item_price_currency = NULL WHERE order_id % 50 = 3`,
    );
    await matches({ programs: ['PREMIUM', 'PREORDER'] }, ({ programs }) => programs?.includes('PREMIUM') ?? false);
    await matches({ fulfilledBy: ['MERCHANT'] }, ({ id }) => id % 50n === 2n);
    const ids = (await find()).rows.slice(0, 3).map(({ amazonOrderId }) => amazonOrderId);
    await matches({ amazonOrderIds: ids }, ({ amazonOrderId }) => ids.includes(amazonOrderId));
    const isUnknown = ({ id, orderTotalAmount }: MirroredOrder) => orderTotalAmount === null || id % 50n === 3n;
    await matches(
      { hasUnknownPrice: true, statuses: ['SHIPPED'] },
      (row) => row.orderStatus === 'SHIPPED' && isUnknown(row),
    );
    await matches({ hasUnknownPrice: false }, (row) => !isUnknown(row));
  });

  it('searches order ids, SKUs and ASINs by prefix, ignoring case', async () => {
    const [row] = (await find()).rows;
    const byId = await matches({ search: row?.amazonOrderId.slice(0, 9) ?? '' }, ({ amazonOrderId }) =>
      amazonOrderId.startsWith(row?.amazonOrderId.slice(0, 9) ?? ''),
    );
    expect(byId.length).toBeLessThan(10);
    await matches({ search: ' sKu_17% ' }, ({ id }) => id % 500n === 17n);
    await matches({ search: 'b000000123' }, ({ id }) => id % 700n === 123n);
    // These are wildcards in a LIKE pattern.
    expect(await countOrders(database, { search: 'Sku%17' })).toBe(0);
    expect(await countOrders(database, { search: 'SkuX17' })).toBe(0);
    expect(await countOrders(database, { search: '\\' })).toBe(0);
  });

  it('matches nothing for an empty list, and everything for an absent one', async () => {
    expect(await countOrders(database, { marketplaceIds: [] })).toBe(0);
    expect(await countOrders(database, { statuses: null, search: '  ' })).toBeGreaterThanOrEqual(COUNT);
  });
});

// Of searches: test/mirror/order-search.db.test.ts, with more orders.
describe('the plan of a page', () => {
  const filters: [string, OrderFilter][] = [
    ['no filter', {}],
    ['one status', { statuses: ['SHIPPED'] }],
    ['several statuses', { statuses: ['SHIPPED', 'PENDING'] }],
    ['a status and a marketplace', { statuses: ['UNFULFILLABLE'], marketplaceIds: [US] }],
    ['several of both', { statuses: ['UNFULFILLABLE', 'PENDING'], marketplaceIds: [US, DE] }],
    ['a rare status', { statuses: ['UNFULFILLABLE'] }],
    ['one marketplace', { marketplaceIds: [DE] }],
    ['several marketplaces', { marketplaceIds: [DE, US] }],
    ['dates of purchase', { purchasedAfter: new Date('2026-01-20'), purchasedBefore: new Date('2026-01-21') }],
    ['date of update', { updatedAfter: new Date('2026-03-28') }],
    ['order ids', { amazonOrderIds: ['701-0000090-0000001', '702-0000091-0000001'] }],
    ['programs', { programs: ['PREMIUM'] }],
    ['several conditions', { statuses: ['SHIPPED'], marketplaceIds: [US], updatedAfter: new Date('2026-03-02') }],
  ];
  const cases = filters.flatMap(([name, filter]) => SORTS.map((sort) => ({ name, filter, sort })));

  it.each(cases)('has no sequential scan: $name, by $sort.field $sort.direction', async ({ filter, sort }) => {
    const after = { at: '2026-01-15T00:00:00.000Z', id: 5_000n };
    for (const bound of [{}, { after }, { before: after, fromEnd: true }]) {
      const nodes = await planNodes(database, findOrdersStatement({ ...plain, filter, sort, ...bound }));
      expect(nodes.filter((node) => node['Node Type'].endsWith('Seq Scan'))).toEqual([]);
    }
  });

  it.each<[string, OrderFilter, number]>([
    ['no filter', {}, 60],
    ['rare statuses', { statuses: ['UNFULFILLABLE', 'NOTHING'] }, 60],
    ['a rare status and a frequent marketplace', { statuses: ['UNFULFILLABLE'], marketplaceIds: [US] }, 60],
    ['several of both', { statuses: ['UNFULFILLABLE', 'NOTHING'], marketplaceIds: [DE, US] }, 60],
    // Above 10,000 matches the search does not sort them.
    ['a prefix of all orders', { search: '7' }, 10_001],
  ])('reads few rows: %s', async (_name, filter, most) => {
    for (const sort of SORTS) {
      const statement = findOrdersStatement({ ...plain, filter, sort });
      const nodes = await planNodes(database, statement, { analyze: true });
      expect(Math.max(...nodes.map(rowsRead))).toBeLessThanOrEqual(most);
    }
  });
});

it('pages through a search that matches more than 10,000 orders', async () => {
  await database.query(`UPDATE amazon_order_item SET seller_sku = 'MANY-' || id WHERE order_id % 10 < 6`);
  const expected = (await sorted(NEWEST, ({ id }) => id % 10n < 6)).map(({ id }) => id);
  expect(expected.length).toBeGreaterThan(10_000);
  const filter = { search: 'many' };
  const { rows, hasNext } = await find({ filter, limit: 300 });
  expect(rows.map(({ id }) => id)).toEqual(expected.slice(0, 300));
  const after = positionOf(NEWEST, rows.at(-1));
  const next = await find({ filter, after, limit: COUNT });
  expect(next.rows.map(({ id }) => id)).toEqual(expected.slice(300));
  expect([hasNext, next.hasPrevious, next.hasNext]).toEqual([true, true, false]);
  const before = { filter, before: positionOf(NEWEST, next.rows[0]), fromEnd: true };
  expect((await find({ ...before, limit: 300 })).rows.map(({ id }) => id)).toEqual(expected.slice(0, 300));
  expect(await countOrders(database, filter)).toBe(expected.length);
});

// These insert orders, so they come after the tests that count them.
describe('while orders arrive', () => {
  it.each(SORTS)('reads each order that was there once, and none twice: $field $direction', async (sort) => {
    const filter: OrderFilter = { marketplaceIds: [DE] };
    const before = (await sorted(sort, ({ marketplaceId }) => marketplaceId === DE)).slice(0, 400);
    const read: bigint[] = [];
    let after: OrderPosition | null = null;
    for (let page = 0; page < 10; page++) {
      const { rows } = await find({ sort, filter, after, limit: 40 });
      read.push(...rows.map(({ id }) => id));
      after = positionOf(sort, rows.at(-1));
      // At both ends of the list, and at the date of the page's last order.
      await insertOrders(`${sort.field}-${sort.direction}-${page}`, after.at);
    }
    expect(new Set(read).size).toBe(read.length);
    const seen = new Set(read);
    const reached = positionOf(sort, before.find(({ id }) => id === read.at(-1)) ?? before.at(-1));
    const passed = before.filter((row) => {
      const { at, id } = positionOf(sort, row);
      const order = Date.parse(at) - Date.parse(reached.at) || Number(id - reached.id);
      return sort.direction === 'ASC' ? order <= 0 : order >= 0;
    });
    expect(passed.length).toBeGreaterThan(300);
    for (const row of passed) expect(seen.has(row.id)).toBe(true);
  });

  async function insertOrders(name: string, at: string) {
    const dates = ['2020-01-01T00:00:00Z', at, '2030-01-01T00:00:00Z'];
    await database.query(
      `INSERT INTO amazon_order (amazon_order_id, marketplace_id, purchase_date, last_update_date, order_status, channel_name, raw_payload, content_hash)
       SELECT $1 || '-' || n, '${DE}', at::timestamptz, at::timestamptz, 'SHIPPED', 'AMAZON', '{}', ''
       FROM unnest($2::text[]) WITH ORDINALITY AS _ (at, n)`,
      [name, dates],
    );
  }
});

describe('a cursor', () => {
  const position = { at: '2026-05-04T03:02:01.987Z', id: 12n };

  it('decodes to its position, to the millisecond', () => {
    for (const sort of SORTS) expect(decodeOrderCursor(sort, encodeOrderCursor(sort, position))).toEqual(position);
  });

  it('is rejected for another sort, and if it is malformed', () => {
    const cursor = encodeOrderCursor(NEWEST, position);
    for (const sort of SORTS.filter((sort) => sort.field !== NEWEST.field || sort.direction !== NEWEST.direction)) {
      expect(() => decodeOrderCursor(sort, cursor)).toThrow(/belongs to the sort PURCHASE_DATE DESC/);
    }
    const forged = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
    for (const nonsense of [
      '',
      'x',
      cursor.slice(4),
      forged('PURCHASE_DATE', 'DESC'),
      forged('PURCHASE_DATE', 'DESC', '2026-13-40T00:00:00.000Z', '1'),
      forged('PURCHASE_DATE', 'DESC', position.at, '1; DROP'),
    ]) {
      expect(() => decodeOrderCursor(NEWEST, nonsense), nonsense).toThrow(
        expect.objectContaining({ code: 'BAD_USER_INPUT' }),
      );
    }
  });
});
