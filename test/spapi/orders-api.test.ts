import { describe, expect, it } from 'vitest';
import { allPages, createWatch, lastMonth, setUp } from './set-up.js';

describe('searchOrders', () => {
  it('reads every order once over four pages, with one login', async () => {
    const test = await setUp({ orders: 350 });
    const { watch, ...seen } = createWatch();
    const pages = await allPages(test.api.orders.searchOrders(lastMonth(test), watch));

    const ids = pages.flatMap((page) => page.orders.map(({ orderId }) => orderId));
    expect(ids.toSorted()).toEqual(
      test.amazon.book
        .orders()
        .map(({ orderId }) => orderId)
        .toSorted(),
    );
    expect(pages.flatMap((page) => page.rejected)).toEqual([]);
    expect(pages.map((page) => page.next === null)).toEqual([false, false, false, true]);
    expect(test.amazon.count('searchOrders')).toBe(4);
    expect(test.amazon.count('token')).toBe(1);
    expect(seen.waits).toEqual([]);
  });

  it('sends the same documented query with every page', async () => {
    const test = await setUp({ orders: 250, marketplaceIds: ['ATVPDKIKX0DER', 'A1AM78C64UM0Y8'] });
    const query = {
      marketplaceIds: ['ATVPDKIKX0DER', 'A1AM78C64UM0Y8'],
      lastUpdatedAfter: new Date('2026-10-25T01:02:03.999Z'),
      lastUpdatedBefore: new Date('2026-11-22T09:57:00.999Z'),
    };
    const pages = await allPages(test.api.orders.searchOrders(query, createWatch().watch));

    const sent = test.amazon.requests.filter(({ operation }) => operation === 'searchOrders');
    const { paginationToken: _, ...frozen } = sent[1]?.query ?? {};
    expect(sent[0]?.query).toEqual({
      marketplaceIds: 'ATVPDKIKX0DER,A1AM78C64UM0Y8',
      lastUpdatedAfter: '2026-10-25T01:02:03Z',
      lastUpdatedBefore: '2026-11-22T09:57:00Z',
      maxResultsPerPage: '100',
      includedData: 'FULFILLMENT,PROCEEDS',
    });
    expect(frozen).toEqual(sent[0]?.query);
    expect(sent[1]?.query.paginationToken).toMatch(/[+/%=].*=/);
    expect(pages[0]?.lastUpdatedBefore).toEqual(new Date('2026-11-22T09:57:00Z'));
    expect(sent[0]?.userAgent).toBe(
      `Ordermirror/1.2.3 (Language=JavaScript/ES2023; Platform=Node.js/${process.versions.node})`,
    );
  });

  it('continues from a stored page token with its own query', async () => {
    const test = await setUp({ orders: 350 });
    const first = await test.api.orders.searchOrders(lastMonth(test), createWatch().watch).next();
    const from = JSON.parse(JSON.stringify(first.value?.next));

    test.clock.advance(3_600_000);
    const rest = await allPages(test.api.orders.searchOrders(lastMonth(test), createWatch().watch, from));
    const ids = [first.value, ...rest].flatMap((page) => page?.orders.map(({ orderId }) => orderId));
    expect(new Set(ids).size).toBe(350);
  });

  it('returns an unreadable order as rejected and continues', async () => {
    const test = await setUp({
      orders: 120,
      faults: [{ fault: { kind: 'unreadable-order', index: 7 }, on: { from: 1 } }],
    });
    const pages = await allPages(test.api.orders.searchOrders(lastMonth(test), createWatch().watch));
    const rejected = pages.flatMap((page) => page.rejected);
    expect(rejected).toHaveLength(1);
    expect(rejected[0]?.reason).toBe('createdTime: is not an ISO 8601 instant');
    expect(rejected[0]?.amazonOrderId).toMatch(/^\S+$/);
    expect(pages.flatMap((page) => page.orders)).toHaveLength(119);
  });

  it('fails when a whole page has no statuses', async () => {
    const test = await setUp({ faults: [{ fault: { kind: 'omit-fulfillment' } }] });
    const pages = test.api.orders.searchOrders(lastMonth(test), createWatch().watch);
    await expect(pages.next()).rejects.toMatchObject({
      code: 'SP_API_UNAVAILABLE',
      message: expect.stringContaining('Nothing was overwritten'),
    });
  });

  it('fails when different tokens lead to the same page', async () => {
    const test = await setUp({ orders: 300, faults: [{ fault: { kind: 'same-page-again' } }] });
    const pages = test.api.orders.searchOrders(lastMonth(test), createWatch().watch);
    await expect(allPages(pages)).rejects.toMatchObject({
      code: 'SP_API_UNAVAILABLE',
      message: expect.stringContaining('same page of orders twice'),
    });
    expect(test.amazon.count('searchOrders')).toBeLessThan(5);
  });

  it('sends no request without a marketplace', async () => {
    const test = await setUp();
    const pages = test.api.orders.searchOrders({ ...lastMonth(test), marketplaceIds: [] }, createWatch().watch);
    await expect(pages.next()).rejects.toMatchObject({ code: 'NO_MARKETPLACES' });
    expect(test.amazon.count()).toBe(0);
  });
});

describe('getOrder', () => {
  it('returns one order by its id', async () => {
    const test = await setUp();
    const truth = test.amazon.book.orders()[3];
    const order = await test.api.orders.getOrder(truth?.orderId ?? '', createWatch().watch);
    expect(order).toMatchObject({
      orderId: truth?.orderId,
      fulfillmentStatus: truth?.fulfillment?.fulfillmentStatus,
      raw: { orderId: truth?.orderId },
    });
  });

  it('returns null for an unknown id', async () => {
    const { api } = await setUp();
    expect(await api.orders.getOrder('000-0000000-0000000', createWatch().watch)).toBeNull();
  });

  it.each(['', '..', '../orders?x=%', '1 2'])('sends no request for %o, which would be another path', async (id) => {
    const { api, amazon } = await setUp();
    expect(await api.orders.getOrder(id, createWatch().watch)).toBeNull();
    expect(amazon.count()).toBe(0);
  });
});

describe('getMarketplaceParticipations', () => {
  it('returns the documented marketplaces with Amazon’s names', async () => {
    const { api } = await setUp({ marketplaceIds: ['A1F83G8C2ARO7P', 'A1PA6795UKMFR9'] });
    const found = await api.sellers.getMarketplaceParticipations(createWatch().watch);
    expect(found.map(({ marketplaceId }) => marketplaceId).toSorted()).toEqual(['A1F83G8C2ARO7P', 'A1PA6795UKMFR9']);
    expect(found.find(({ marketplaceId }) => marketplaceId === 'A1F83G8C2ARO7P')).toEqual({
      marketplaceId: 'A1F83G8C2ARO7P',
      countryCode: 'GB',
      name: 'Amazon.co.uk',
      currency: 'GBP',
      isParticipating: true,
    });
  });
});
