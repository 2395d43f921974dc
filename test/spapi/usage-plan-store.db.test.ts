import { beforeEach, describe, expect, it } from 'vitest';
import { take, takeOverRate } from '../../src/spapi/http/usage-plan.js';
import { createUsagePlanStore } from '../../src/spapi/http/usage-plan-store.js';
import { createVirtualClock } from '../helpers/virtual-clock.js';
import { withDatabase } from '../helpers/with-database.js';

describe('usage plans in the database', () => {
  const test = withDatabase();
  const clock = createVirtualClock('stands');
  const takeOne = (store: ReturnType<typeof createUsagePlanStore>) =>
    store.update('searchOrders', (bucket) => {
      const { bucket: left, waitMs } = take(bucket, clock.time());
      return { bucket: left, result: waitMs };
    });

  beforeEach(() => test.database.query('DELETE FROM usage_plan'));

  it('gives the burst once to all that share it, also when they come at once', async () => {
    const replicas = [createUsagePlanStore(test.database, clock), createUsagePlanStore(test.database, clock)];
    const waits = await Promise.all(replicas.flatMap((store) => Array.from({ length: 15 }, () => takeOne(store))));
    expect(waits.filter((waitMs) => waitMs === 0)).toHaveLength(20);
  });

  it('remembers tokens, rate and instant over a restart, to the millisecond', async () => {
    clock.advance(123);
    await createUsagePlanStore(test.database, clock).update('getOrder', (bucket) => ({
      bucket: takeOverRate({ ...bucket, tokens: 2.25 }, 0.7, clock.time()),
      result: null,
    }));
    const found = await createUsagePlanStore(test.database, clock).update('getOrder', (bucket) => ({
      bucket,
      result: bucket,
    }));
    expect(found).toEqual({ tokens: 2.25, rate: 0.7, burst: 30, updatedAt: clock.time() });
  });

  it('changes nothing when the change throws', async () => {
    const store = createUsagePlanStore(test.database, clock);
    await takeOne(store);
    const broken = store.update('searchOrders', () => {
      throw new Error('no');
    });
    await expect(broken).rejects.toThrow('no');
    const rows = await test.database.query<{ tokens: number }>('SELECT tokens FROM usage_plan');
    expect(rows).toEqual([{ tokens: 19 }]);
  });
});
