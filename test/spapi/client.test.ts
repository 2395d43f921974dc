import { describe, expect, it } from 'vitest';
import type { FaultKind } from '../../src/simulator/simulator.js';
import { createMemoryUsagePlans } from '../helpers/memory-usage-plans.js';
import { createVirtualClock } from '../helpers/virtual-clock.js';
import { allPages, createTestLog, createWatch, credential, lastMonth, setUp } from './set-up.js';

describe('rate limiting', () => {
  it('gets no 429 for 25 pages, five beyond the burst', async () => {
    const test = await setUp({ orders: 2500, usagePlans: { searchOrders: { rate: 0.0056, burst: 20 } } });
    const startedAt = test.clock.time();
    const { watch, waits } = createWatch();
    const pages = await allPages(test.api.orders.searchOrders(lastMonth(test), watch));

    expect(pages).toHaveLength(25);
    expect(test.amazon.requests.filter(({ status }) => status === 429)).toEqual([]);
    expect((test.clock.time() - startedAt) / 1000).toBeCloseTo(5 / 0.0056, 0);
    expect(waits).toHaveLength(10);
    expect(waits[0]).toBe(new Date(startedAt + Math.ceil(1000 / 0.0056)).toISOString());
    expect(waits[1]).toBeNull();
  });

  it('waits a whole period after a 429 and reports until when', async () => {
    const test = await setUp({ faults: [{ fault: { kind: '429' }, on: { from: 1 } }] });
    const startedAt = test.clock.time();
    const seen = createWatch();
    await allPages(test.api.orders.searchOrders(lastMonth(test), seen.watch));

    const waitMs = Math.ceil(1000 / 0.0056 + 500);
    expect(seen.waits).toEqual([new Date(startedAt + waitMs).toISOString(), null]);
    expect(test.clock.time()).toBe(startedAt + waitMs);
    expect(seen.requests).toBe(2);
  });

  it('gives up when the quota stays used up, and names the likely cause', async () => {
    const test = await setUp({ faults: [{ fault: { kind: '429' } }] }, { limits: { throttles: 3 } });
    await expect(test.api.orders.getOrder('1', createWatch().watch)).rejects.toMatchObject({
      code: 'SP_API_UNAVAILABLE',
      message: expect.stringMatching(/quota.*429 QuotaExceeded.*Another program/s),
    });
    expect(test.amazon.count('getOrder')).toBe(3);
  });

  it('applies the rate of the header, and ignores an invalid one', async () => {
    const clock = createVirtualClock();
    const usagePlans = createMemoryUsagePlans(clock);
    const test = await setUp({ usagePlans: { searchOrders: { rate: 0.5, burst: 20 } } }, { usagePlans }, clock);
    await allPages(test.api.orders.searchOrders(lastMonth(test), createWatch().watch));
    expect(usagePlans.buckets.get('searchOrders')).toMatchObject({ rate: 0.5, burst: 20 });

    test.amazon.faults.add({ fault: { kind: '429', rateLimitHeader: '-3' }, on: { from: 1 } });
    await allPages(test.api.orders.searchOrders(lastMonth(test), createWatch().watch));
    expect(usagePlans.buckets.get('searchOrders')).toMatchObject({ rate: 0.5, burst: 20 });
  });

  it('shares the quota between clients that share the store', async () => {
    const clock = createVirtualClock();
    const usagePlans = createMemoryUsagePlans(clock);
    const one = await setUp({}, { usagePlans }, clock);
    const other = await setUp({}, { usagePlans }, clock);
    const startedAt = clock.time();
    for (let call = 0; call < 10; call += 1) {
      await allPages(one.api.orders.searchOrders(lastMonth(one), createWatch().watch));
      await allPages(other.api.orders.searchOrders(lastMonth(other), createWatch().watch));
    }
    expect(clock.time()).toBe(startedAt);
    await allPages(other.api.orders.searchOrders(lastMonth(other), createWatch().watch));
    expect(clock.time()).toBe(startedAt + Math.ceil(1000 / 0.0056));
  });
});

describe('temporary failures', () => {
  it.each<FaultKind>(['500', '503-html', '504', 'reset', 'truncate', 'wrong-content-type'])(
    'retries after %s',
    async (kind) => {
      const test = await setUp({
        orders: 150,
        faults: [{ fault: { kind } as { kind: '500' }, on: { from: 1, count: 2 } }],
      });
      const startedAt = test.clock.time();
      const seen = createWatch();
      const pages = await allPages(test.api.orders.searchOrders(lastMonth(test), seen.watch));
      expect(pages.flatMap((page) => page.orders)).toHaveLength(150);
      expect(seen.requests).toBe(4);
      // Random delays of up to 1 s, then 2 s; here half of each.
      expect(test.clock.time() - startedAt).toBe(500 + 1000);
    },
  );

  it('retries after a time-out', async () => {
    const faults = [{ fault: { kind: 'hang' as const }, on: { from: 1 } }];
    const test = await setUp({ faults }, { limits: { requestMs: 200 } });
    const pages = await allPages(test.api.orders.searchOrders(lastMonth(test), createWatch().watch));
    expect(pages.flatMap((page) => page.orders)).toHaveLength(100);
  });

  it('retries after the computer slept during the request', async () => {
    const test = await setUp({ faults: [{ fault: { kind: '500' }, on: { from: 1, count: 1 } }] });
    const { watch } = createWatch();
    let requests = 0;
    const onRequest = () => {
      requests += 1;
      if (requests === 1) test.clock.advance(3 * 60 * 60_000);
    };
    const sleeping = { ...watch, onRequest };
    expect(await test.api.sellers.getMarketplaceParticipations(sleeping)).not.toEqual([]);
  });

  it('gives up after eight failures, with the last answer in the error', async () => {
    const test = await setUp({ faults: [{ fault: { kind: '503-html' } }] });
    const seen = createWatch();
    await expect(test.api.sellers.getMarketplaceParticipations(seen.watch)).rejects.toMatchObject({
      code: 'SP_API_UNAVAILABLE',
      message: expect.stringMatching(/getMarketplaceParticipations.*503: The content type is text\/html.*next run/s),
    });
    expect(seen.requests).toBe(8);
    expect(seen.waits.at(-1)).toBeNull();
  });

  it('gives up when the connection is refused', async () => {
    const test = await setUp();
    await test.amazon.close();
    await expect(test.api.sellers.getMarketplaceParticipations(createWatch().watch)).rejects.toMatchObject({
      code: 'SP_API_UNAVAILABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe('permanent failures', () => {
  it('retries a 403 once, with a new access token', async () => {
    const fault = { kind: 'forbid-marketplace' as const, marketplaceId: 'ATVPDKIKX0DER' };
    const test = await setUp({ faults: [{ fault }] });
    await expect(test.api.orders.searchOrders(lastMonth(test), createWatch().watch).next()).rejects.toMatchObject({
      code: 'SP_API_FORBIDDEN',
      message: expect.stringMatching(/403 Unauthorized: Access to requested resource is denied.*region.*role/s),
    });
    expect(test.amazon.count('searchOrders')).toBe(2);
    expect(test.amazon.count('token')).toBe(2);
  });

  it('does not retry a 400', async () => {
    const test = await setUp({ faults: [{ fault: { kind: '400-invalid-input' } }] });
    await expect(test.api.orders.searchOrders(lastMonth(test), createWatch().watch).next()).rejects.toMatchObject({
      code: 'SP_API_INVALID_INPUT',
    });
    expect(test.amazon.count('searchOrders')).toBe(1);
  });
});

describe('access tokens', () => {
  it('requests one token for concurrent calls', async () => {
    const test = await setUp();
    const login = test.amazon.hold('token');
    const calls = Promise.all([1, 2, 3].map(() => test.api.sellers.getMarketplaceParticipations(createWatch().watch)));
    await login.arrived;
    login.release();
    await calls;
    expect(test.amazon.count('token')).toBe(1);
  });

  it('renews a token five minutes before it expires', async () => {
    const test = await setUp();
    const call = () => test.api.sellers.getMarketplaceParticipations(createWatch().watch);
    await call();
    test.clock.advance(54 * 60_000);
    await call();
    expect(test.amazon.count('token')).toBe(1);
    test.clock.advance(61_000);
    await call();
    expect(test.amazon.count('token')).toBe(2);
  });

  it('uses a short-lived token for nine tenths of its life', async () => {
    const test = await setUp({ accessTokenLifeSeconds: 60 });
    const call = () => test.api.sellers.getMarketplaceParticipations(createWatch().watch);
    await call();
    test.clock.advance(53_000);
    await call();
    expect(test.amazon.count('token')).toBe(1);
    test.clock.advance(1_001);
    await call();
    expect(test.amazon.count('token')).toBe(2);
  });

  it('renews a token that expires during a search, once', async () => {
    const faults = [{ fault: { kind: 'expire-access-token' as const }, on: { from: 3 } }];
    const clock = createVirtualClock();
    const usagePlans = createMemoryUsagePlans(clock);
    const test = await setUp({ orders: 450, faults }, { usagePlans }, clock);
    const pages = await allPages(test.api.orders.searchOrders(lastMonth(test), createWatch().watch));
    expect(pages.flatMap((page) => page.orders)).toHaveLength(450);
    expect(test.amazon.count('token')).toBe(2);
    expect(test.amazon.count('searchOrders')).toBe(6);
    expect(usagePlans.buckets.get('searchOrders')?.tokens).toBe(20 - 6);
  });

  it('renews an expired token once for all concurrent calls', async () => {
    const test = await setUp();
    const call = () => test.api.sellers.getMarketplaceParticipations(createWatch().watch);
    await call();
    test.amazon.faults.add({ fault: { kind: 'expire-access-token' }, on: { from: 1 } });
    const hold = test.amazon.hold('getMarketplaceParticipations');
    const calls = Promise.all([call(), call(), call()]);
    await hold.arrived;
    hold.release();
    await calls;
    expect(test.amazon.count('token')).toBe(2);
  });

  it('renews a token only once when Amazon keeps calling it expired', async () => {
    const test = await setUp({ faults: [{ fault: { kind: 'expire-access-token' } }] });
    await expect(test.api.orders.getOrder('1', createWatch().watch)).rejects.toMatchObject({
      code: 'SP_API_FORBIDDEN',
    });
    expect(test.amazon.count('token')).toBe(2);
    expect(test.amazon.count('getOrder')).toBe(2);
  });

  it('retries a login that fails temporarily', async () => {
    const faults = [{ operation: 'token' as const, fault: { kind: '500' as const }, on: { from: 1, count: 3 } }];
    const test = await setUp({ faults });
    const seen = createWatch();
    await test.api.sellers.getMarketplaceParticipations(seen.watch);
    expect(test.amazon.count('token')).toBe(4);
    expect(seen.requests).toBe(1);
    expect(seen.waits).toHaveLength(6);
  });

  it.each([
    ['LWA_INVALID_GRANT', { ...credential, refreshToken: 'Atzr|revoked' }, /Authorise the application again/],
    ['LWA_INVALID_CLIENT', { ...credential, clientId: 'expired' }, /developer console/],
  ])('does not retry a refused login: %s', async (code, wrong, message) => {
    const test = await setUp({}, { credential: wrong });
    const refused = test.api.orders.getOrder('1', createWatch().watch);
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(test.amazon.count('token')).toBe(1);
    expect(test.amazon.count('getOrder')).toBe(0);
  });

  it('reports a refused login before it waits for quota', async () => {
    const clock = createVirtualClock();
    const usagePlans = createMemoryUsagePlans(clock);
    await usagePlans.update('searchOrders', (bucket) => ({ bucket: { ...bucket, tokens: 0 }, result: null }));
    const test = await setUp({}, { usagePlans, credential: { ...credential, refreshToken: 'Atzr|revoked' } }, clock);
    const startedAt = clock.time();
    await expect(test.api.orders.searchOrders(lastMonth(test), createWatch().watch).next()).rejects.toMatchObject({
      code: 'LWA_INVALID_GRANT',
    });
    expect(clock.time()).toBe(startedAt);
  });
});

describe('aborting', () => {
  it('ends a wait for quota at once, with the reason', async () => {
    const clock = createVirtualClock('stands');
    const test = await setUp({ faults: [{ fault: { kind: '429' } }] }, {}, clock);
    const seen = createWatch();
    const waiting = new Promise<void>((resolve) => {
      seen.watch.onWait = () => resolve();
    });
    const call = test.api.orders.getOrder('1', seen.watch);
    await waiting;
    seen.abort(new Error('cancelled'));
    await expect(call).rejects.toThrow('cancelled');
    expect(seen.requests).toBe(1);
  });

  it('ends a pending request', async () => {
    const test = await setUp();
    const hold = test.amazon.hold('getOrder');
    const seen = createWatch();
    const call = test.api.orders.getOrder('1', seen.watch);
    await hold.arrived;
    seen.abort(new Error('cancelled'));
    await expect(call).rejects.toThrow('cancelled');
    expect(seen.waits).toEqual([]);
  });

  it('does not abort a login that other calls wait for', async () => {
    const test = await setUp();
    const login = test.amazon.hold('token');
    const [going, staying] = [createWatch(), createWatch()];
    const goingCall = test.api.sellers.getMarketplaceParticipations(going.watch);
    const stayingCall = test.api.sellers.getMarketplaceParticipations(staying.watch);
    await login.arrived;
    going.abort(new Error('cancelled'));
    await expect(goingCall).rejects.toThrow('cancelled');
    login.release();
    await expect(stayingCall).resolves.toHaveLength(3);
    expect(test.amazon.count('token')).toBe(1);
  });

  it('ends pending and later calls as INTERRUPTED after close', async () => {
    const test = await setUp();
    const hold = test.amazon.hold('getOrder');
    const call = test.api.orders.getOrder('1', createWatch().watch);
    await hold.arrived;
    test.api.close();
    await expect(call).rejects.toMatchObject({ code: 'INTERRUPTED' });
    await expect(test.api.orders.getOrder('1', createWatch().watch)).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});

describe('secrets', () => {
  it('appear in no log line and no error, causes included', async () => {
    const log = createTestLog();
    const faults = (['503-html', 'reset', '429', 'expire-access-token', '400-invalid-input'] as const).map(
      (kind, index) => ({ fault: { kind }, on: { from: index + 1 } }),
    );
    const test = await setUp({ faults }, { logger: log.logger });
    const error = await test.api.orders.getOrder('1', createWatch().watch).catch((thrown: Error) => thrown);
    const { inspect } = await import('node:util');
    const everything = `${log.lines.join('\n')}${inspect(error, { depth: 10, showHidden: true })}`;
    expect(everything).toContain('InvalidInput');
    expect(log.lines.length).toBeGreaterThan(4);
    for (const secret of ['SECRET', 'REFRESH', 'Atza|']) expect(everything).not.toContain(secret);
  });
});
