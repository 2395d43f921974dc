import { describe, expect, it } from 'vitest';
import { differences } from '../helpers/truth.js';
import {
  changeStatus,
  notifiableOrders,
  untilState,
  untilStatus,
  withNotifiedApp,
} from '../helpers/with-notifications.js';

describe('a change that Amazon notifies', () => {
  it('is in the mirror without a run, with its source', async () => {
    const { simulator, database } = await withNotifiedApp();
    const [order] = notifiableOrders(simulator);
    const id = order?.orderId ?? '';
    changeStatus(simulator, id, 'SHIPPED');
    await untilStatus(database, id, 'SHIPPED');
    changeStatus(simulator, id, 'CANCELLED');
    await untilStatus(database, id, 'CANCELLED');
    expect(
      await database.query('SELECT source::text AS source, from_status, to_status FROM order_change ORDER BY id'),
    ).toEqual([
      { source: 'NOTIFICATION', from_status: null, to_status: 'SHIPPED' },
      { source: 'NOTIFICATION', from_status: 'SHIPPED', to_status: 'CANCELLED' },
    ]);
    expect(await differences(database, simulator, { without: ({ orderId }) => orderId !== id })).toEqual([]);
    await untilState(database, { accepted: 2n, waiting: 0, queueError: null, readError: null });
    await expect.poll(() => simulator.queues.get().visible + simulator.queues.get().inFlight).toBe(0);
    expect(simulator.count('searchOrders')).toBe(0);
  });
});
