import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { parseFlags } from '../../src/simulator/flags.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { accessToken, clientOf, EVERYTHING, START, simulate } from './ask.js';

describe('the request log', () => {
  it('records requests and statuses', async () => {
    const simulator = await simulate({ orders: 1 });
    const client = await clientOf(simulator);
    await client.searchRaw(EVERYTHING);
    await client.getOrder('111-1111111-1111111');
    expect(simulator.requests.map(({ operation, status }) => [operation, status])).toEqual([
      ['token', 200],
      ['searchOrders', 200],
      ['getOrder', 404],
    ]);
    expect(simulator.requests[1]).toEqual({
      operation: 'searchOrders',
      method: 'GET',
      path: '/orders/2026-01-01/orders',
      query: EVERYTHING,
      status: 200,
      at: START,
      userAgent: 'node',
    });
    expect([simulator.count(), simulator.count('getOrder')]).toEqual([3, 1]);
    simulator.clearRequests();
    expect([simulator.count(), simulator.requests.length]).toEqual([0, 0]);
  });

  it('counts concurrent requests', async () => {
    const simulator = await simulate({ orders: 1 });
    const client = await clientOf(simulator);
    for (let request = 0; request < 5; request += 1) await client.search(EVERYTHING);
    expect(simulator.maxConcurrent).toBe(1);
    const hold = simulator.hold('searchOrders');
    const all = Promise.all([client.search(EVERYTHING), client.search(EVERYTHING), client.search(EVERYTHING)]);
    await expect.poll(() => simulator.count('searchOrders')).toBe(8);
    hold.release();
    await all;
    expect(simulator.maxConcurrent).toBe(3);
  });
});

describe('holding requests', () => {
  it('lets a test act during a request', async () => {
    const simulator = await simulate({ orders: 1, settled: true });
    const client = await clientOf(simulator);
    const hold = simulator.hold('searchOrders');
    const search = client.search(EVERYTHING);
    await hold.arrived;
    simulator.book.add({ orderId: 'late' }, START - 3_600_000);
    hold.release();
    expect((await search).orders.map((order) => order.orderId)).toContain('late');
    await client.search(EVERYTHING);
  });
});

describe('a 400', () => {
  const statusOf = (port: number, headers: Record<string, string>, body?: string) =>
    new Promise((resolve, reject) => {
      const path = `/orders/2026-01-01/orders?${new URLSearchParams(EVERYTHING)}`;
      const asked = request({ port, path, headers }, (answer) => resolve(answer.resume().statusCode));
      asked.on('error', reject);
      asked.end(body);
    });

  it('GET with a body, or with a user agent of over 500 characters', async () => {
    const simulator = await simulate({ orders: 1 });
    const headers = { 'x-amz-access-token': await accessToken(simulator) };
    expect(await statusOf(simulator.port, headers)).toBe(200);
    expect(await statusOf(simulator.port, { ...headers, 'content-length': '2' }, '{}')).toBe(400);
    expect(await statusOf(simulator.port, { ...headers, 'user-agent': 'x'.repeat(501) })).toBe(400);
  });
});

describe('start and close', () => {
  it('rejects a port in use and an unknown marketplace', async () => {
    const { port } = await simulate({ orders: 0 });
    await expect(startSimulator({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(startSimulator({ marketplaceIds: ['NOWHERE'] })).rejects.toThrow('unknown marketplace "NOWHERE"');
  });

  it('closes while requests are held', async () => {
    const simulator = await simulate({ orders: 0 });
    const client = await clientOf(simulator);
    const hold = simulator.hold('searchOrders');
    const search = expect(client.searchRaw(EVERYTHING)).rejects.toThrow('fetch failed');
    await hold.arrived;
    await simulator.close();
    await search;
  });
});

describe('the command line', () => {
  it('has defaults', () => {
    expect(parseFlags({})).toMatchObject({ port: 8787, orders: 1000, seed: 1, faults: [] });
    expect(parseFlags({ rate: '5', burst: '7', marketplaces: 'A1VC38T7YXB528' })).toMatchObject({
      usagePlans: { searchOrders: { rate: 5, burst: 7 } },
      marketplaceIds: ['A1VC38T7YXB528'],
    });
  });

  it('spreads orders over years, less a day', () => {
    expect(parseFlags({ years: '2' }).createdWithinDays).toBe(729);
    expect(parseFlags({}).createdWithinDays).toBeUndefined();
  });

  it('changes orders every so many seconds', () => {
    expect(parseFlags({ changes: '0.5' }).changesMs).toBe(500);
    expect(parseFlags({}).changesMs).toBeUndefined();
  });

  it.each([
    [{ years: '0' }, '--years should be a whole number from 1 to 20'],
    [{ port: '99999' }, '--port should be a whole number'],
    [{ orders: '-1' }, '--orders'],
    [{ orders: 'many' }, '--orders should be a whole number'],
    [{ changes: '0' }, '--changes should be a number above 0'],
    [{ rate: '0' }, '--rate should be a number above 0'],
    [{ marketplaces: 'X' }, 'unknown marketplace "X"'],
    [{ faults: 'x:1' }, '--faults: unknown fault "x"'],
  ])('rejects %j', (values, message) => {
    expect(() => parseFlags(values)).toThrow(message);
  });
});
