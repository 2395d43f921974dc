import { beforeEach, describe, expect } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { take, withRate } from '../../src/spapi/http/rate-limit.js';
import { createBucketStore } from '../../src/spapi/http/rate-limit-store.js';
import { it } from '../helpers/fixtures.js';
import { createVirtualClock } from '../helpers/virtual-clock.js';

describe('the bucket store', () => {
  let database: Database;
  it.beforeAll(({ database: opened }) => {
    database = opened;
  });
  const clock = createVirtualClock('stands');
  const takeOne = (store: ReturnType<typeof createBucketStore>) =>
    store.update('searchOrders', (bucket) => {
      const { bucket: left, waitMs } = take(bucket, clock.time());
      return { bucket: left, result: waitMs };
    });

  beforeEach(() => database.query('DELETE FROM usage_plan'));

  it('shares one burst between processes, with concurrent calls too', async () => {
    const replicas = [createBucketStore(database, clock), createBucketStore(database, clock)];
    const waits = await Promise.all(replicas.flatMap((store) => Array.from({ length: 15 }, () => takeOne(store))));
    expect(waits.filter((waitMs) => waitMs === 0)).toHaveLength(20);
  });

  it('restores tokens, rate and instant after a restart, to the millisecond', async () => {
    clock.advance(123);
    await createBucketStore(database, clock).update('getOrder', (bucket) => ({
      bucket: withRate({ ...bucket, tokens: 2.25 }, 0.7, clock.time()),
      result: null,
    }));
    const found = await createBucketStore(database, clock).update('getOrder', (bucket) => ({
      bucket,
      result: bucket,
    }));
    expect(found).toEqual({ tokens: 2.25, rate: 0.7, burst: 30, updatedAt: clock.time() });
  });

  it('changes nothing when the callback throws', async () => {
    const store = createBucketStore(database, clock);
    await takeOne(store);
    const broken = store.update('searchOrders', () => {
      throw new Error('no');
    });
    await expect(broken).rejects.toThrow('no');
    const rows = await database.query<{ tokens: number }>('SELECT tokens FROM usage_plan');
    expect(rows).toEqual([{ tokens: 19 }]);
  });
});
