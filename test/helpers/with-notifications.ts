import { expect } from 'vitest';
import type { Config } from '../../src/config/config.js';
import type { Database } from '../../src/database/database.js';
import { type NotificationsState, readState } from '../../src/notifications/state.js';
import type { SimulatedOrder, Simulator, SimulatorOptions } from '../../src/simulator/simulator.js';
import { type AppOptions, type TestApp, withApp } from './with-app.js';
import { withSimulator } from './with-sync.js';

export interface NotifiedApp extends TestApp {
  readonly simulator: Simulator;
  readonly database: Database;
}

/** Starts a simulated Amazon that notifies, and the app that reads its queue. The mirror is empty. */
export async function withNotifiedApp(
  simulatorOptions: SimulatorOptions = {},
  appOptions: AppOptions = {},
): Promise<NotifiedApp> {
  const simulator = await withSimulator({ orders: 20, ...simulatorOptions });
  simulator.notifications.subscribe();
  const app = await withApp(simulator, { ...appOptions, change: readingQueueOf(simulator, appOptions.change) });
  return { ...app, simulator, database: app.app.database };
}

/** Returns a change of the config that sets the queue of a simulator. */
export function readingQueueOf(
  simulator: Pick<Simulator, 'queueUrl'>,
  change: (config: Config) => Config = (config) => config,
): (config: Config) => Config {
  return (config) =>
    change({
      ...config,
      sync: { ...config.sync, heartbeatMs: 200, leaseMs: 2_000 },
      notifications: { queueUrl: simulator.queueUrl },
    });
}

/** Resolves when the state passes. */
export async function untilState(
  database: Database,
  expected: Partial<{ [Name in keyof NotificationsState]: unknown }>,
): Promise<NotificationsState> {
  await expect.poll(() => readState(database), { interval: 20, timeout: 60_000 }).toMatchObject(expected);
  return readState(database);
}

/** Orders of the simulated book that have a marketplace and are not UNFULFILLABLE, so that this status is a change that is notified. */
export function notifiableOrders({ book }: Pick<Simulator, 'book'>): SimulatedOrder[] {
  return book
    .orders()
    .filter(
      ({ salesChannel, fulfillment }) =>
        salesChannel?.marketplaceId && fulfillment && !/unfulfillable/i.test(fulfillment.fulfillmentStatus ?? ''),
    );
}

/** Changes the status of an order at the simulated Amazon, which notifies it. */
export function changeStatus({ book }: Pick<Simulator, 'book'>, orderId: string, status: string): void {
  book.change(orderId, ({ fulfillment }) => {
    if (fulfillment) fulfillment.fulfillmentStatus = status;
  });
}

/** Resolves when the mirror has an order with a status. */
export async function untilStatus(database: Database, orderId: string, status: string): Promise<void> {
  await expect
    .poll(
      async () => {
        const [order] = await database.query<{ status: string }>(
          'SELECT order_status AS status FROM amazon_order WHERE amazon_order_id = $1',
          [orderId],
        );
        return order?.status;
      },
      { interval: 20, timeout: 60_000 },
    )
    .toBe(status);
}
