import { describe, expect, it } from 'vitest';
import { parseFaults } from '../../src/simulator/flags.js';
import type { Fault } from '../../src/simulator/simulator.js';
import { askForToken, clientOf, EVERYTHING, errorOf, simulate } from './ask.js';

const QUERY = { ...EVERYTHING, maxResultsPerPage: '40', includedData: 'FULFILLMENT,PROCEEDS' };

/** A simulator whose next search meets this fault. */
async function withFault(fault: Fault) {
  const simulator = await simulate({ faults: [{ fault, on: { from: 1 } }], settled: true });
  return { simulator, client: await clientOf(simulator) };
}

describe('each fault, once', () => {
  it.each<[Fault, string]>([
    [{ kind: '429' }, '429 QuotaExceeded: '],
    [{ kind: '400-invalid-input' }, '400 InvalidInput: '],
    [{ kind: '500' }, '500 InternalFailure: '],
    [{ kind: '504' }, '504 GatewayTimeout: '],
    [{ kind: 'forbid-marketplace', marketplaceId: 'A2EUQ1WTGCTBG2' }, '403 Unauthorized: '],
  ])('%j', async (fault, error) => {
    const { client } = await withFault(fault);
    expect(await errorOf(client.searchRaw(QUERY))).toBe(error);
    expect((await client.searchRaw(QUERY)).status).toBe(200);
  });

  it('429 with the headers that Amazon does not send', async () => {
    const { client } = await withFault({ kind: '429', rateLimitHeader: '0.01', retryAfter: '7' });
    const { headers } = await client.searchRaw(QUERY);
    expect([headers.get('x-amzn-RateLimit-Limit'), headers.get('retry-after')]).toEqual(['0.01', '7']);
  });

  it('503-html', async () => {
    const answer = await (await withFault({ kind: '503-html' })).client.searchRaw(QUERY);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([503, 'text/html']);
    expect(await answer.text()).toMatch(/^<html>/);
  });

  it('wrong-content-type', async () => {
    const answer = await (await withFault({ kind: 'wrong-content-type' })).client.searchRaw(QUERY);
    expect(answer.headers.get('content-type')).toBe('text/html');
    expect(await answer.json()).toHaveProperty('orders');
  });

  it('reset', async () => {
    const { client, simulator } = await withFault({ kind: 'reset' });
    await expect(client.searchRaw(QUERY)).rejects.toThrow('fetch failed');
    expect(simulator.requests.at(-1)?.status).toBeUndefined();
  });

  it('truncate', async () => {
    const answer = await (await withFault({ kind: 'truncate' })).client.searchRaw(QUERY);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow('terminated');
  });

  it('slow and delay', async () => {
    for (const fault of [
      { kind: 'slow', ms: 20 },
      { kind: 'delay', ms: 20 },
    ] as const) {
      const { client } = await withFault(fault);
      const began = performance.now();
      expect((await client.search(QUERY)).orders).toHaveLength(40);
      expect(performance.now() - began).toBeGreaterThan(15);
    }
  });

  it('hang, until cleared', async () => {
    const { client, simulator } = await withFault({ kind: 'hang' });
    const hold = simulator.hold('searchOrders');
    const answer = expect(client.searchRaw(QUERY)).rejects.toThrow('fetch failed');
    await hold.arrived;
    hold.release();
    await new Promise(setImmediate);
    simulator.faults.clear();
    await answer;
  });

  it('expire-access-token', async () => {
    const { client, simulator } = await withFault({ kind: 'expire-access-token' });
    const expired = '403 Unauthorized: The access token you provided has expired.';
    expect(await errorOf(client.searchRaw(QUERY))).toBe(expired);
    expect(await errorOf(client.searchRaw(QUERY))).toBe(expired);
    expect((await (await clientOf(simulator)).searchRaw(QUERY)).status).toBe(200);
  });

  it('refuse-page-token, at the page it is set for', async () => {
    const simulator = await simulate({ faults: [{ fault: { kind: 'refuse-page-token' } }] });
    const client = await clientOf(simulator);
    const paginationToken = (await client.search(QUERY)).pagination?.nextToken ?? '';
    expect(await errorOf(client.searchRaw({ ...QUERY, paginationToken }))).toMatch(/^400 InvalidInput: .*must match/);
    simulator.faults.clear();
    expect((await client.searchRaw({ ...QUERY, paginationToken })).status).toBe(200);
  });

  it('same-page-again, repeatedly', async () => {
    const simulator = await simulate({ faults: [{ fault: { kind: 'same-page-again' }, on: { from: 2, count: 9 } }] });
    const client = await clientOf(simulator);
    let token = (await client.search(QUERY)).pagination?.nextToken ?? '';
    const seen = new Set<string>();
    const tokens = new Set<string>();
    for (let page = 0; page < 5; page += 1) {
      const answer = await client.search({ ...QUERY, paginationToken: token });
      seen.add(JSON.stringify(answer.orders));
      token = answer.pagination?.nextToken ?? '';
      tokens.add(token);
    }
    expect([seen.size, tokens.size]).toEqual([1, 5]);
  });

  it('omit-fulfillment', async () => {
    const { orders } = await (await withFault({ kind: 'omit-fulfillment' })).client.search(QUERY);
    expect(JSON.stringify(orders)).not.toContain('"fulfillment"');
    expect(JSON.stringify(orders)).toContain('"proceeds"');
  });

  it('unreadable-order', async () => {
    const { orders } = await (await withFault({ kind: 'unreadable-order', index: 3 })).client.search(QUERY);
    expect(orders.map((order) => order.createdTime).indexOf('yesterday')).toBe(3);
  });

  it.each([
    ['invalid-grant', 400, 'invalid_grant'],
    ['invalid-client', 401, 'invalid_client'],
  ] as const)('%s', async (kind, status, error) => {
    const simulator = await simulate({ faults: [{ fault: { kind }, on: { from: 1 } }] });
    const answer = await askForToken(simulator);
    expect([answer.status, await answer.json()]).toMatchObject([status, { error }]);
    expect((await askForToken(simulator)).status).toBe(200);
  });
});

describe('the schedule', () => {
  const statuses = async (client: Awaited<ReturnType<typeof clientOf>>, count: number) => {
    const found: number[] = [];
    for (let index = 0; index < count; index += 1) found.push((await client.searchRaw(QUERY)).status);
    return found;
  };

  it('counts from when the rule was added', async () => {
    const simulator = await simulate();
    const client = await clientOf(simulator);
    await statuses(client, 2);
    simulator.faults.add({ operation: 'searchOrders', on: { from: 2, count: 2 }, fault: { kind: '500' } });
    expect(await statuses(client, 4)).toEqual([200, 500, 500, 200]);
  });

  it('is the same for the same seed', async () => {
    const draw = async (seed: number) => {
      const client = await clientOf(await simulate({ faults: [{ probability: 0.4, seed, fault: { kind: '500' } }] }));
      return (await statuses(client, 30)).join();
    };
    const [one, same, other] = [await draw(1), await draw(1), await draw(2)];
    expect(one).toBe(same);
    expect(one).not.toBe(other);
    expect(one).toContain('500');
    expect(one).toContain('200');
  });

  it('excludes the login by default', async () => {
    const simulator = await simulate({ faults: [{ fault: { kind: '500' } }] });
    expect((await askForToken(simulator)).status).toBe(200);
    simulator.faults.add({ operation: 'token', fault: { kind: '500' } });
    expect(await (await askForToken(simulator)).json()).toMatchObject({ error: 'server_error' });
  });
});

describe('--faults', () => {
  it('reads a list of probabilities', () => {
    expect(parseFaults('429:0.05, reset:0.01', 7)).toEqual([
      { probability: 0.05, seed: 7, fault: { kind: '429' } },
      { probability: 0.01, seed: 8, fault: { kind: 'reset' } },
    ]);
  });

  it.each(['', 'oops:0.1', '429', '429:', '429:2', '429:x', '429:0.1:3'])('rejects "%s"', (text) => {
    expect(() => parseFaults(text, 1)).toThrow(/^--faults: /);
  });
});
