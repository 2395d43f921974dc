import { describe, expect, it } from 'vitest';
import type { SimulatedOrder } from '../../src/simulator/simulator.js';
import { ALL_DATA, clientOf, DAY, EVERYTHING, errorOf, MINUTE, START, simulate } from './ask.js';

const iso = (ms: number) => new Date(ms).toISOString();

describe('searchOrders: parameters', () => {
  const after = '2026-11-01T00:00:00Z';
  it.each([
    ['neither window', {}],
    ['both windows', { createdAfter: after, lastUpdatedAfter: after }],
    ['a bound of the other window', { createdAfter: after, lastUpdatedBefore: after }],
    ['a bound alone', { lastUpdatedBefore: after }],
    ['an end before the beginning', { lastUpdatedAfter: after, lastUpdatedBefore: '2026-10-01T00:00:00Z' }],
    ['a day for a time', { lastUpdatedAfter: '2026-11-01' }],
    ['microseconds', { lastUpdatedAfter: '2026-11-01T00:00:00.000000Z' }],
    ['an upper bound younger than two minutes', { lastUpdatedAfter: after, lastUpdatedBefore: iso(START - 119_999) }],
    ['an unknown parameter', { lastUpdatedAfter: after, MarketplaceIds: 'ATVPDKIKX0DER' }],
    ['an unknown status', { lastUpdatedAfter: after, fulfillmentStatuses: 'Shipped' }],
    ['an unknown fulfiller', { lastUpdatedAfter: after, fulfilledBy: 'AFN' }],
    ['an unknown data set', { lastUpdatedAfter: after, includedData: 'ITEMS' }],
    ['51 marketplaces', { lastUpdatedAfter: after, marketplaceIds: Array(51).fill('ATVPDKIKX0DER').join() }],
    ['an empty list', { lastUpdatedAfter: after, marketplaceIds: '' }],
    ['0 a page', { lastUpdatedAfter: after, maxResultsPerPage: '0' }],
    ['101 a page', { lastUpdatedAfter: after, maxResultsPerPage: '101' }],
    ['a made-up token', { lastUpdatedAfter: after, paginationToken: 'abc' }],
  ])('answers 400 to %s', async (_, query) => {
    const client = await clientOf(await simulate({ orders: 0 }));
    expect(await errorOf(client.searchRaw(query as Record<string, string>))).toMatch(/^400 InvalidInput/);
  });

  it('rejects a bound within two minutes without details', async () => {
    const client = await clientOf(await simulate({ orders: 0 }));
    const young = { lastUpdatedAfter: after, lastUpdatedBefore: iso(START - 2 * MINUTE + 1) };
    expect(await errorOf(client.searchRaw(young))).toBe('400 InvalidInput: ');
    const old = { lastUpdatedAfter: after, lastUpdatedBefore: iso(START - 2 * MINUTE) };
    expect(await client.search(old)).toEqual({ orders: [], lastUpdatedBefore: iso(START - 2 * MINUTE) });
  });

  it('accepts a list as one parameter only', async () => {
    const simulator = await simulate({ orders: 0 });
    const client = await clientOf(simulator);
    const twice = new URLSearchParams([
      ['lastUpdatedAfter', after],
      ['marketplaceIds', 'ATVPDKIKX0DER'],
      ['marketplaceIds', 'A2EUQ1WTGCTBG2'],
    ]);
    expect((await client.get(`/orders/2026-01-01/orders?${twice}&x`)).status).toBe(400);
  });

  it('answers 403 if one marketplace is not the account’s', async () => {
    const client = await clientOf(await simulate({ orders: 0 }));
    const query = { lastUpdatedAfter: after, marketplaceIds: 'ATVPDKIKX0DER,A1PA6795UKMFR9' };
    expect(await errorOf(client.searchRaw(query))).toMatch(/^403 Unauthorized/);
  });

  it('returns the upper bound, two minutes ago by default', async () => {
    const client = await clientOf(await simulate({ orders: 0 }));
    const bound = iso(START - 2 * MINUTE);
    expect(await client.search({ createdAfter: after })).toEqual({ orders: [], createdBefore: bound });
    expect(await client.search({ lastUpdatedAfter: after })).toEqual({ orders: [], lastUpdatedBefore: bound });
  });
});

describe('searchOrders: pages', () => {
  const query = { ...EVERYTHING, maxResultsPerPage: '40' };

  it('returns every order once, oldest update first', async () => {
    const simulator = await simulate({ orders: 150 });
    const pages = await (await clientOf(simulator)).searchAll(query);
    expect(pages.map((page) => page.length)).toEqual([40, 40, 40, 30]);
    expect(pages.flat().map((order) => order.orderId)).toEqual(simulator.book.orders().map((order) => order.orderId));
    const times = pages.flat().map((order) => order.lastUpdatedTime);
    expect(times).toEqual([...times].sort());
  });

  it('returns every order once when shuffled', async () => {
    const simulator = await simulate({ orders: 150, order: 'shuffled' });
    const found = (await (await clientOf(simulator)).searchAll(query)).flat();
    const times = found.map((order) => order.lastUpdatedTime);
    expect(times).not.toEqual([...times].sort());
    expect(new Set(found.map((order) => order.orderId)).size).toBe(150);
  });

  it('ends without a token when the last page is full', async () => {
    const client = await clientOf(await simulate({ orders: 80 }));
    expect((await client.searchAll(query)).map((page) => page.length)).toEqual([40, 40]);
  });

  it('searches by creation, both bounds included', async () => {
    const simulator = await simulate({ orders: 150 });
    const created = simulator.book
      .orders()
      .map((order) => order.createdTime)
      .sort();
    const [createdAfter = '', createdBefore = ''] = [created[50], created[99]];
    const client = await clientOf(simulator);
    const found = (await client.searchAll({ createdAfter, createdBefore, maxResultsPerPage: '20' })).flat();
    expect(found.map((order) => order.createdTime)).toEqual(created.slice(50, 100));
  });

  it('shows no order that is older than two years, but those of JP, AU and SG since 2016', async () => {
    const simulator = await simulate({ orders: 1, marketplaceIds: ['ATVPDKIKX0DER', 'A1VC38T7YXB528'] });
    const [order] = simulator.book.orders();
    const add = (orderId: string, createdTime: string, marketplaceId: string) => {
      const lastUpdatedTime = new Date(START - DAY).toISOString();
      simulator.book.add({
        ...(order as SimulatedOrder),
        orderId,
        createdTime,
        lastUpdatedTime,
        salesChannel: { ...order?.salesChannel, marketplaceId },
      });
    };
    add('111-0000000-0000001', '2024-11-20T11:59:59Z', 'ATVPDKIKX0DER');
    add('111-0000000-0000002', '2024-11-20T12:00:00Z', 'ATVPDKIKX0DER');
    add('111-0000000-0000003', '2015-12-31T23:59:59Z', 'A1VC38T7YXB528');
    add('111-0000000-0000004', '2016-01-01T00:00:00Z', 'A1VC38T7YXB528');
    const client = await clientOf(simulator);
    const found = (await client.searchAll(EVERYTHING)).flat().map(({ orderId }) => orderId);
    expect(found.sort()).toEqual([order?.orderId, '111-0000000-0000002', '111-0000000-0000004'].sort());
    expect((await client.getOrder('111-0000000-0000001')).status).toBe(404);
    expect((await client.getOrder('111-0000000-0000002')).status).toBe(200);
  });

  it('moves an order that changes during the search to the end', async () => {
    const simulator = await simulate({ orders: 100, settled: true });
    const client = await clientOf(simulator);
    const first = await client.search(query);
    const [seen, unseen] = [simulator.book.orders()[3], simulator.book.orders()[60]];
    simulator.book.ship(seen?.orderId ?? '', { at: START - 3 * MINUTE });
    simulator.book.ship(unseen?.orderId ?? '');
    const token = first.pagination?.nextToken ?? '';
    const second = await client.search({ ...query, paginationToken: token });
    const third = await client.search({ ...query, paginationToken: second.pagination?.nextToken ?? '' });
    expect(third.orders.at(-1)?.orderId).toBe(seen?.orderId);
    const ids = [...first.orders, ...second.orders, ...third.orders].map((order) => order.orderId);
    expect(ids).toHaveLength(100);
    expect(ids).not.toContain(unseen?.orderId);
  });
});

describe('page tokens', () => {
  const query = { ...EVERYTHING, maxResultsPerPage: '40', includedData: 'FULFILLMENT' };

  it('contain every character that must be encoded', async () => {
    const page = await (await clientOf(await simulate())).search(query);
    for (const character of '+/=%') expect(page.pagination?.nextToken).toContain(character);
  });

  it('are valid for the same query only, with any page size', async () => {
    const client = await clientOf(await simulate());
    const paginationToken = (await client.search(query)).pagination?.nextToken ?? '';
    const next = await client.search({ ...query, paginationToken, maxResultsPerPage: '7' });
    expect(next.orders).toHaveLength(7);
    const other = { ...query, paginationToken };
    const refused = /^400 InvalidInput: .*must match/;
    expect(await errorOf(client.searchRaw({ ...other, lastUpdatedAfter: '2020-01-01T00:00:01Z' }))).toMatch(refused);
    expect(await errorOf(client.searchRaw({ ...other, includedData: 'FULFILLMENT,PROCEEDS' }))).toMatch(refused);
    expect(await errorOf(client.searchRaw({ ...other, marketplaceIds: 'ATVPDKIKX0DER' }))).toMatch(refused);
  });

  it('are rejected when encoded twice', async () => {
    const client = await clientOf(await simulate());
    const paginationToken = encodeURIComponent((await client.search(query)).pagination?.nextToken ?? '');
    expect((await client.searchRaw({ ...query, paginationToken })).status).toBe(400);
  });

  it('are valid for 24 hours', async () => {
    const simulator = await simulate();
    const paginationToken = (await (await clientOf(simulator)).search(query)).pagination?.nextToken ?? '';
    simulator.advance(DAY - 1);
    const client = await clientOf(simulator);
    expect((await client.searchRaw({ ...query, paginationToken })).status).toBe(200);
    simulator.advance(1);
    expect((await client.searchRaw({ ...query, paginationToken })).status).toBe(400);
  });

  it('are valid after a restart', async () => {
    const before = await simulate();
    const paginationToken = (await (await clientOf(before)).search(query)).pagination?.nextToken ?? '';
    const client = await clientOf(await simulate());
    expect((await client.search({ ...query, paginationToken })).orders).toHaveLength(40);
  });
});

describe('answers', () => {
  it('have the basic members without includedData, and no empty list', async () => {
    const client = await clientOf(await simulate());
    const { orders } = await client.search(EVERYTHING);
    const members = new Set(orders.flatMap((order) => Object.keys(order)));
    const basic = ['orderId', 'orderAliases', 'createdTime', 'lastUpdatedTime', 'programs', 'associatedOrders'];
    expect([...members].sort()).toEqual([...basic, 'futureField', 'orderItems', 'salesChannel'].sort());
    const itemMembers = new Set(orders.flatMap((order) => order.orderItems).flatMap((item) => Object.keys(item)));
    const ofItems = ['orderItemId', 'quantityOrdered', 'measurement', 'associatedOrderItems', 'programs', 'product'];
    expect([...itemMembers].sort()).toEqual([...ofItems, 'futureField'].sort());
    expect(JSON.stringify(orders)).not.toContain('[]');
  });

  it.each([
    ['FULFILLMENT', 'fulfillment'],
    ['PROCEEDS', 'proceeds'],
    ['BUYER', 'buyer'],
    ['RECIPIENT', 'recipient'],
    ['PACKAGES', 'packages'],
    ['PAYMENT', 'payment'],
    ['TAX', 'tax'],
    ['FULFILLMENT_ORDERS', 'fulfillmentOrders'],
  ])('with %s add %s and nothing else', async (includedData, member) => {
    const client = await clientOf(await simulate());
    const { orders } = await client.search({ ...EVERYTHING, includedData });
    const locked = ['fulfillment', 'proceeds', 'buyer', 'recipient', 'packages', 'payment', 'tax', 'fulfillmentOrders'];
    const there = locked.filter((name) => orders.some((order) => name in order));
    expect(there).toEqual([member]);
  });

  it('are the same by getOrder', async () => {
    const simulator = await simulate();
    const client = await clientOf(simulator);
    const { orders } = await client.search({ ...EVERYTHING, includedData: ALL_DATA, maxResultsPerPage: '1' });
    const one = await client.getOrder(orders[0]?.orderId ?? '', { includedData: ALL_DATA });
    expect(await one.json()).toEqual({ order: orders[0] });
  });

  it('are 404 for an unknown order, 400 for an invalid order id or parameter', async () => {
    const client = await clientOf(await simulate());
    expect(await errorOf(client.getOrder('111-1111111-1111111'))).toMatch(/^404 NotFound/);
    expect(await errorOf(client.getOrder('nonsense'))).toMatch(/^400/);
    expect(await errorOf(client.getOrder('111-1111111-1111111', { marketplaceIds: 'A' }))).toMatch(/^400/);
  });
});

describe('filters', () => {
  const query = { ...EVERYTHING, includedData: 'FULFILLMENT' };

  it('by status and fulfiller', async () => {
    const client = await clientOf(await simulate({ orders: 300 }));
    const asked = { ...query, fulfillmentStatuses: 'SHIPPED,CANCELLED', fulfilledBy: 'MERCHANT' };
    const found = (await client.searchAll(asked)).flat();
    expect(found.length).toBeGreaterThan(0);
    expect(new Set(found.map((order) => order.fulfillment?.fulfillmentStatus))).toEqual(
      new Set(['SHIPPED', 'CANCELLED']),
    );
    expect(new Set(found.map((order) => order.fulfillment?.fulfilledBy))).toEqual(new Set(['MERCHANT']));
  });

  it('by marketplace; orders without one match any', async () => {
    const client = await clientOf(await simulate({ orders: 100 }));
    const found = (await client.searchAll({ ...query, marketplaceIds: 'A2EUQ1WTGCTBG2' })).flat();
    const ids = new Set(found.map((order) => order.salesChannel.marketplaceId));
    expect(ids).toEqual(new Set(['A2EUQ1WTGCTBG2', undefined]));
  });
});

describe('participations', () => {
  it('are the account’s, and one outside of Amazon', async () => {
    const client = await clientOf(await simulate({ marketplaceIds: ['A1PA6795UKMFR9', 'A1F83G8C2ARO7P'] }));
    const { payload } = (await (await client.get('/sellers/v1/marketplaceParticipations')).json()) as {
      payload: { marketplace: { id: string; name: string; defaultCurrencyCode: string } }[];
    };
    expect(payload.map(({ marketplace }) => `${marketplace.name} ${marketplace.defaultCurrencyCode}`)).toEqual([
      'Amazon.de EUR',
      'Amazon.co.uk GBP',
      'Non-Amazon EUR',
    ]);
  });
});
