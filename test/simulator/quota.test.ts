import { describe, expect, it } from 'vitest';
import { clientOf, EVERYTHING, errorOf, simulate } from './ask.js';

describe('usage plans', () => {
  it('allow the burst, then one request per 1/rate', async () => {
    const simulator = await simulate({ orders: 1, usagePlans: {}, accessTokenLifeSeconds: 36_000 });
    const client = await clientOf(simulator);
    const search = () => client.searchRaw(EVERYTHING);
    for (let request = 0; request < 20; request += 1) expect((await search()).status).toBe(200);
    expect(await errorOf(search())).toBe('429 QuotaExceeded: ');
    simulator.advance(1000 / 0.0056 - 1);
    expect((await search()).status).toBe(429);
    simulator.advance(1);
    expect((await search()).status).toBe(200);
    expect((await search()).status).toBe(429);
    expect((await client.get('/sellers/v1/marketplaceParticipations')).status).toBe(200);
  });

  it('change while the simulator runs', async () => {
    const simulator = await simulate({ orders: 1, usagePlans: {} });
    const client = await clientOf(simulator);
    simulator.usagePlans.set('searchOrders', { rate: 2, burst: 1 });
    const answer = await client.searchRaw(EVERYTHING);
    expect(answer.headers.get('x-amzn-RateLimit-Limit')).toBe('2');
    expect((await client.searchRaw(EVERYTHING)).status).toBe(429);
    simulator.usagePlans.off();
    const free = await client.searchRaw(EVERYTHING);
    expect([free.status, free.headers.get('x-amzn-RateLimit-Limit')]).toEqual([200, null]);
  });

  it('send the rate with 200, 400 and 404 only, and a request id with all', async () => {
    const simulator = await simulate({ orders: 1, usagePlans: { getOrder: { rate: 0.5, burst: 2 } } });
    const client = await clientOf(simulator);
    const answers = [
      await client.getOrder('111-1111111-1111111'),
      await client.getOrder('nonsense'),
      await client.getOrder('nonsense'),
      await client.searchRaw({ ...EVERYTHING, marketplaceIds: 'A1PA6795UKMFR9' }),
    ];
    const rates = answers.map((answer) => [answer.status, answer.headers.get('x-amzn-RateLimit-Limit')]);
    expect(rates).toEqual([
      [404, '0.5'],
      [400, '0.5'],
      [429, null],
      [403, null],
    ]);
    for (const answer of answers) {
      expect(answer.headers.get('x-amzn-RequestId')).toMatch(/^[0-9a-f-]{36}$/);
      expect(answer.headers.get('retry-after')).toBeNull();
    }
  });
});
