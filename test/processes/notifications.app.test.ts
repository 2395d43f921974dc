import { expect, it } from 'vitest';
import { openDatabase } from '../../src/database/database.js';
import { differences } from '../helpers/truth.js';
import { changeStatus, notifiableOrders } from '../helpers/with-notifications.js';
import { connectAsOwner, type ServerProcess, sharedDatabase, startProcess } from '../helpers/with-process.js';
import { withSimulator } from '../helpers/with-sync.js';

const STATE = '{ notifications { accepted duplicates waiting } }';

interface State {
  readonly accepted: number;
  readonly duplicates: number;
  readonly waiting: number;
}

async function untilState({ api }: ServerProcess, expected: Partial<State>): Promise<void> {
  const read = async () => (await api.request<{ notifications: State }>(STATE)).notifications;
  await expect.poll(read, { interval: 50 }).toMatchObject(expected);
}

it('a server that is killed between the commit of a notification and its deletion reads the order once', async () => {
  const simulator = await withSimulator({ orders: 20 });
  simulator.notifications.subscribe();
  const env: Record<string, string> = {
    ...(await sharedDatabase()),
    SP_API_ENDPOINT: simulator.url,
    LWA_ENDPOINT: simulator.url,
    NOTIFICATIONS_QUEUE_URL: simulator.queueUrl,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
  const first = await startProcess(env, { shortLease: true });
  const token = await connectAsOwner(first.api, simulator.marketplaceIds);
  const [id = ''] = notifiableOrders(simulator).map(({ orderId }) => orderId);
  // The order can't be read either: its claim lapses with the process.
  const reads = simulator.hold('getOrder');
  const deletions = simulator.hold('DeleteMessageBatch');
  changeStatus(simulator, id, 'UNFULFILLABLE');
  await Promise.all([reads.arrived, deletions.arrived]);
  await untilState(first, { accepted: 1, waiting: 1 });
  first.kill('SIGKILL');
  expect(await first.ended).toBe('SIGKILL');
  reads.release();
  deletions.release();

  const second = await startProcess(env, { shortLease: true });
  second.api.signIn(token);
  await untilState(second, { accepted: 1, waiting: 0 });
  simulator.advance(31_000);
  await untilState(second, { accepted: 1, duplicates: 1, waiting: 0 });
  const queue = simulator.queues.get();
  await expect.poll(() => queue.visible + queue.inFlight).toBe(0);
  second.kill('SIGTERM');
  expect(await second.ended).toBe(0);

  const database = await openDatabase(
    env.DATABASE_URL ? { kind: 'postgres', url: env.DATABASE_URL } : { kind: 'pglite', dataDir: env.DATA_DIR ?? '' },
  );
  expect(await differences(database, simulator, { without: ({ orderId }) => orderId !== id })).toEqual([]);
  expect(await database.query('SELECT 1 AS one FROM order_change')).toHaveLength(1);
  await database.close();
});
