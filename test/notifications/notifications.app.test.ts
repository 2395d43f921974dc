import { describe, expect, it, vi } from 'vitest';
import { readState } from '../../src/notifications/state.js';
import type { EventFault } from '../../src/simulator/simulator.js';
import { breakableNetwork } from '../helpers/breakable-network.js';
import { differences } from '../helpers/truth.js';
import { createVirtualClock } from '../helpers/virtual-clock.js';
import { startTestApp, withApp } from '../helpers/with-app.js';
import { databaseKind } from '../helpers/with-database.js';
import {
  changeStatus,
  type NotifiedApp,
  notifiableOrders,
  readingQueueOf,
  untilState,
  untilStatus,
  withNotifiedApp,
} from '../helpers/with-notifications.js';
import { endOf, MANUAL, runToEnd, withSimulator } from '../helpers/with-sync.js';

const MINUTE = 60_000;

/** Expects that orders are as Amazon has them, and nothing else is mirrored unless allowed. */
async function expectTruthOf(
  { database, simulator }: Pick<NotifiedApp, 'database' | 'simulator'>,
  ids: readonly string[],
) {
  expect(await differences(database, simulator, { without: ({ orderId }) => !ids.includes(orderId) })).toEqual([]);
}

async function untilQueueIsEmpty({ simulator }: Pick<NotifiedApp, 'simulator'>) {
  const queue = simulator.queues.get();
  await expect.poll(() => queue.visible + queue.inFlight + queue.delayed, { interval: 20 }).toBe(0);
}

async function changesOf({ database }: Pick<NotifiedApp, 'database'>, orderId: string) {
  return database.query(
    'SELECT source::text AS source, from_status AS "from", to_status AS "to" FROM order_change WHERE amazon_order_id = $1 ORDER BY id',
    [orderId],
  );
}

function idsOf({ simulator }: Pick<NotifiedApp, 'simulator'>, count: number): string[] {
  return notifiableOrders(simulator)
    .slice(0, count)
    .map(({ orderId }) => orderId);
}

describe('a change that Amazon notifies', () => {
  it('is in the mirror without a run, with its source', async () => {
    const app = await withNotifiedApp();
    const [id = ''] = idsOf(app, 1);
    changeStatus(app.simulator, id, 'UNFULFILLABLE');
    await untilStatus(app.database, id, 'UNFULFILLABLE');
    changeStatus(app.simulator, id, 'CANCELLED');
    await untilStatus(app.database, id, 'CANCELLED');
    expect(await changesOf(app, id)).toEqual([
      { source: 'NOTIFICATION', from: null, to: 'UNFULFILLABLE' },
      { source: 'NOTIFICATION', from: 'UNFULFILLABLE', to: 'CANCELLED' },
    ]);
    await expectTruthOf(app, [id]);
    const { lastLagMs } = await untilState(app.database, {
      accepted: 2n,
      waiting: 0,
      queueError: null,
      readError: null,
    });
    expect(Number(lastLagMs)).toBeLessThan(30_000);
    await untilQueueIsEmpty(app);
    expect(app.simulator.count('searchOrders')).toBe(0);
    expect(await (await fetch(`${app.app.url}/metrics`)).text()).toContain(
      'ordermirror_notifications_total{outcome="accepted"} 2',
    );
  });

  it('reaches a follower of orderChanged', async () => {
    const app = await withNotifiedApp();
    const [id = ''] = idsOf(app, 1);
    const changes = app.owner.subscribe<{ orderChanged: object }>(
      'subscription { orderChanged { source amazonOrderId toStatus } }',
    );
    const next = changes[Symbol.asyncIterator]().next();
    await expect
      .poll(async () => (await fetch(`${app.app.url}/metrics`)).text(), { interval: 20 })
      .toContain('ordermirror_graphql_subscriptions_open 1');
    changeStatus(app.simulator, id, 'UNFULFILLABLE');
    expect((await next).value).toEqual({
      orderChanged: { source: 'NOTIFICATION', amazonOrderId: id, toStatus: 'UNFULFILLABLE' },
    });
  });

  it.each<[string, EventFault, object]>([
    ['twice', { kind: 'twice' }, { duplicates: 1n }],
    ['by two notifications', { kind: 'repeated' }, {}],
    ['with nulls', { kind: 'nulls' }, {}],
  ])('may be notified %s', async (_name, fault, state) => {
    const app = await withNotifiedApp();
    const [id = ''] = idsOf(app, 1);
    app.simulator.notifications.add({ fault });
    changeStatus(app.simulator, id, 'UNFULFILLABLE');
    await untilStatus(app.database, id, 'UNFULFILLABLE');
    await untilQueueIsEmpty(app);
    await untilState(app.database, { ...state, waiting: 0 });
    expect(await changesOf(app, id)).toHaveLength(1);
    await expectTruthOf(app, [id]);
  });

  it('may be notified after a later one, which is read once', async () => {
    const app = await withNotifiedApp();
    const [id = ''] = idsOf(app, 1);
    app.simulator.notifications.add({ fault: { kind: 'out-of-order' }, on: { from: 1, count: 1 } });
    changeStatus(app.simulator, id, 'UNFULFILLABLE');
    app.simulator.advance(1_000);
    changeStatus(app.simulator, id, 'CANCELLED');
    await untilStatus(app.database, id, 'CANCELLED');
    await untilQueueIsEmpty(app);
    await untilState(app.database, { waiting: 0 });
    expect(await changesOf(app, id)).toEqual([{ source: 'NOTIFICATION', from: null, to: 'CANCELLED' }]);
  });
});

describe('messages that name no order of ours', () => {
  it('are ignored, or left for the dead-letter queue if they can not be read', async () => {
    const app = await withNotifiedApp({}, { change: (config) => config });
    const { simulator, database } = app;
    const ids = idsOf(app, 5);
    const faults: EventFault[] = [
      { kind: 'not-json' },
      { kind: 'not-a-notification' },
      { kind: 'other-type' },
      { kind: 'other-seller' },
    ];
    await app.owner.request('mutation { saveConnection(input: { sellerIdentifier: "A3SIMULATED00" }) { id } }');
    for (const [index, fault] of faults.entries()) simulator.notifications.add({ fault, orderId: ids[index] ?? '' });
    for (const id of ids) changeStatus(simulator, id, 'UNFULFILLABLE');
    await untilStatus(database, ids[4] ?? '', 'UNFULFILLABLE');
    await untilState(database, { accepted: 1n, ignored: 2n, unreadable: 2n });
    // Their visibility ends four times more.
    for (let receipts = 2; receipts <= 6; receipts += 1) {
      await expect.poll(() => simulator.queues.get().visible, { interval: 20 }).toBe(0);
      simulator.advance(31_000);
    }
    await expect.poll(() => simulator.queues.get('ordermirror-dead-letters').visible, { interval: 20 }).toBe(2);
    await untilQueueIsEmpty(app);
    const state = await untilState(database, { unreadable: 2n, waiting: 0 });
    expect(state.lastUnreadable).toMatch(/^The message is no ORDER_CHANGE notification: /);
    expect(app.log()).not.toContain('POSTCODE');
    expect(await database.query('SELECT 1 AS one FROM amazon_order')).toHaveLength(1);
  });

  it('are ignored if their marketplace is not mirrored', async () => {
    const app = await withNotifiedApp({}, { marketplaceIds: ['ATVPDKIKX0DER'] });
    const orders = notifiableOrders(app.simulator);
    const other = orders.find(({ salesChannel }) => salesChannel.marketplaceId !== 'ATVPDKIKX0DER')?.orderId ?? '';
    const ours = orders.find(({ salesChannel }) => salesChannel.marketplaceId === 'ATVPDKIKX0DER')?.orderId ?? '';
    changeStatus(app.simulator, other, 'UNFULFILLABLE');
    changeStatus(app.simulator, ours, 'UNFULFILLABLE');
    await untilStatus(app.database, ours, 'UNFULFILLABLE');
    await untilState(app.database, { accepted: 1n, ignored: 1n });
    expect(await changesOf(app, other)).toEqual([]);
  });

  it.runIf(databaseKind === 'postgres')(
    'are given up after a while if Amazon does not know the order, refuses it, or returns what can not be read',
    async () => {
      const clock = createVirtualClock('jumps');
      const app = await withNotifiedApp({ now: clock.time }, { clock });
      const [unknown = '', refused = '', good = ''] = idsOf(app, 3);
      app.simulator.orderFaults.set(unknown, '404');
      app.simulator.orderFaults.set(refused, '403');
      for (const id of [unknown, refused, good]) changeStatus(app.simulator, id, 'UNFULFILLABLE');
      await untilStatus(app.database, good, 'UNFULFILLABLE');
      await untilState(app.database, { unresolved: 2n, waiting: 0 });
      expect(await changesOf(app, unknown)).toEqual([]);
    },
  );
});

// A clock that jumps has the reader's pauses pass at once, which leaves the one session of PGlite no time for others.
describe('an order that Amazon shows in its former state', () => {
  it.runIf(databaseKind === 'postgres')('is read again a little later', async () => {
    const clock = createVirtualClock('jumps');
    const app = await withNotifiedApp({ now: clock.time }, { clock });
    const [id = ''] = idsOf(app, 1);
    // Notified before it changes.
    const hold = app.simulator.hold('getOrder');
    app.simulator.notifications.publish(id);
    await hold.arrived;
    hold.release();
    await untilState(app.database, { waiting: 0 });
    expect(app.simulator.count('getOrder')).toBe(4);
    await expectTruthOf(app, [id]);
  });
});

describe('while orders can not be read', () => {
  it('they wait, and the state says why', async () => {
    const clock = createVirtualClock('stands');
    const app = await withNotifiedApp({ now: clock.time }, { clock });
    const [id = ''] = idsOf(app, 1);
    app.simulator.faults.add({ operation: 'token', fault: { kind: 'invalid-grant' } });
    app.simulator.advance(0);
    changeStatus(app.simulator, id, 'UNFULFILLABLE');
    await untilState(app.database, { readErrorCode: 'LWA_INVALID_GRANT', waiting: 1 });
    expect(await app.owner.request('{ notifications { status errorCode waiting } connection { status } }')).toEqual({
      notifications: { status: 'FAILING', errorCode: 'LWA_INVALID_GRANT', waiting: 1 },
      connection: { status: 'ERROR' },
    });
    app.simulator.faults.clear();
    await app.owner.request('mutation { pingSpApi { ok } }');
    clock.advance(2 * MINUTE);
    await untilStatus(app.database, id, 'UNFULFILLABLE');
    await untilState(app.database, { readError: null, waiting: 0 });
  });

  it('with 429s they are read as the quota allows', async () => {
    const app = await withNotifiedApp({ usagePlans: { getOrder: { rate: 4, burst: 2 } } });
    const ids = idsOf(app, 12);
    for (const id of ids) changeStatus(app.simulator, id, 'UNFULFILLABLE');
    for (const id of ids) await untilStatus(app.database, id, 'UNFULFILLABLE');
    expect(app.simulator.requests.some(({ operation, status }) => operation === 'getOrder' && status === 429)).toBe(
      true,
    );
    await untilState(app.database, { waiting: 0 });
    await expectTruthOf(app, ids);
  });
});

describe('a queue that is unplugged for an hour', () => {
  it('loses nothing', async () => {
    const clock = createVirtualClock('stands');
    const simulator = await withSimulator({ orders: 20, now: clock.time });
    simulator.notifications.subscribe();
    const network = await breakableNetwork(simulator.url);
    const queueUrl = simulator.queueUrl.replace(simulator.url, network.url.replace(/\/$/, ''));
    const app = { simulator, ...(await withApp(simulator, { clock, change: readingQueueOf({ queueUrl }) })) };
    const { database } = app.app;
    const ids = idsOf(app, 6);
    changeStatus(simulator, ids[0] ?? '', 'UNFULFILLABLE');
    await untilStatus(database, ids[0] ?? '', 'UNFULFILLABLE');
    network.cut();
    await untilState(database, { queueErrorCode: 'QUEUE_UNAVAILABLE' });
    for (const id of ids.slice(1)) {
      clock.advance(12 * MINUTE);
      changeStatus(simulator, id, 'UNFULFILLABLE');
    }
    expect(await app.owner.request('{ __typename }')).toBeTruthy();
    expect((await readState(database)).queueErrorCode).toBe('QUEUE_UNAVAILABLE');
    network.restore();
    for (const id of ids.slice(1)) {
      clock.advance(MINUTE);
      await untilStatus(database, id, 'UNFULFILLABLE');
    }
    await untilState(database, { queueErrorCode: null, waiting: 0 });
    await expectTruthOf({ database, simulator }, ids);
  });
});

describe('a run and notifications at the same time', () => {
  it('do not wait for each other, and agree', async () => {
    const app = await withNotifiedApp({ orders: 60, maxPerPage: 10 });
    const { simulator, database } = app;
    const { engine } = app.app;
    const hold = simulator.hold('searchOrders');
    const run = await engine.start(MANUAL);
    await hold.arrived;
    const [first = '', ...others] = idsOf(app, 20);
    changeStatus(simulator, first, 'UNFULFILLABLE');
    await untilStatus(database, first, 'UNFULFILLABLE');
    hold.release();
    for (const id of others) changeStatus(simulator, id, 'UNFULFILLABLE');
    expect((await endOf(engine, run.id)).status).toBe('OK');
    for (const id of others) await untilStatus(database, id, 'UNFULFILLABLE');
    await untilState(database, { waiting: 0 });
    // Orders that changed during the run belong to the next one.
    simulator.advance(5 * MINUTE);
    expect((await runToEnd(engine)).status).toBe('OK');
    expect(await differences(database, simulator)).toEqual([]);
  });
});

describe('more notified orders than can be read soon', () => {
  it('are brought by a search', async () => {
    const clock = createVirtualClock('stands');
    const plan = { rate: 0.5, burst: 30 };
    const app = await withNotifiedApp({ orders: 300, now: clock.time, usagePlans: { getOrder: plan } }, { clock });
    const { simulator, database } = app;
    const ids = idsOf(app, 260);
    for (const id of ids) changeStatus(simulator, id, 'UNFULFILLABLE');
    await expect.poll(() => simulator.count('getOrder'), { interval: 20 }).toBe(30);
    await expect.poll(() => simulator.queues.get().visible, { interval: 20 }).toBe(0);
    expect(simulator.count('searchOrders')).toBe(0);
    clock.advance(4 * MINUTE);
    await vi.waitFor(
      async () => {
        clock.advance(2_000);
        expect(await readState(database)).toMatchObject({ waiting: 0 });
      },
      { interval: 50, timeout: 60_000 },
    );
    expect(simulator.count('searchOrders')).toBeGreaterThan(0);
    expect(simulator.count('getOrder')).toBeLessThan(200);
    await expectTruthOf(app, ids.concat(simulator.book.orders().map(({ orderId }) => orderId)));
  });
});

describe('a change that is not notified', () => {
  it('is found by a run, which says so', async () => {
    const clock = createVirtualClock('stands');
    const app = await withNotifiedApp({ now: clock.time }, { clock });
    const { simulator, database } = app;
    const { engine } = app.app;
    await untilState(database, { listeningSince: clock.now() });
    expect((await runToEnd(engine)).status).toBe('OK');
    await expect
      .poll(async () => (await database.query('SELECT checked_change_id AS id FROM notification_state'))[0])
      .not.toEqual({ id: null });
    clock.advance(MINUTE);
    const [lost = '', told = ''] = idsOf(app, 2);
    simulator.notifications.add({ fault: { kind: 'lost' }, orderId: lost });
    changeStatus(simulator, lost, 'UNFULFILLABLE');
    changeStatus(simulator, told, 'UNFULFILLABLE');
    await untilStatus(database, told, 'UNFULFILLABLE');
    clock.advance(8 * MINUTE);
    expect((await runToEnd(engine)).status).toBe('OK');
    await untilState(database, { missedChanges: 1, missedNewOrders: 0, missedLagMs: BigInt(8 * MINUTE) });
    const { notifications } = await app.owner.request<{ notifications: { warnings: string[] } }>(
      '{ notifications { warnings } }',
    );
    expect(notifications.warnings).toContainEqual(expect.stringMatching(/found 1 changes .* 8 minutes before/));
  });
});

describe('the queue of several processes', () => {
  it.runIf(databaseKind === 'postgres')('is read by all, and each change once', async () => {
    const app = await withNotifiedApp({ orders: 60 });
    const other = await withApp(app.simulator, { besides: app, change: readingQueueOf(app.simulator) });
    const ids = idsOf(app, 40);
    await expect.poll(() => app.simulator.queues.log.count('ReceiveMessage'), { interval: 20 }).toBeGreaterThan(1);
    for (const id of ids) changeStatus(app.simulator, id, 'UNFULFILLABLE');
    for (const id of ids) await untilStatus(app.database, id, 'UNFULFILLABLE');
    await untilState(app.database, { accepted: 40n, waiting: 0 });
    expect(await app.database.query('SELECT 1 AS one FROM order_change')).toHaveLength(40);
    const readBy = (log: string) => log.split('"operation":"getOrder","status":200').length - 1;
    expect(readBy(app.log()) + readBy(other.log())).toBe(40);
    expect(Math.min(readBy(app.log()), readBy(other.log()))).toBeGreaterThan(0);
  });

  it('is left within a second at a shutdown', async () => {
    const app = await withNotifiedApp();
    await expect.poll(() => app.simulator.queues.log.count('ReceiveMessage'), { interval: 20 }).toBe(1);
    const begun = performance.now();
    await app.app.stop();
    expect(performance.now() - begun).toBeLessThan(1_500);
  });
});

describe('without a queue', () => {
  it("AWS's client is not loaded, and runs go on as before", async () => {
    const load = vi.fn();
    vi.doMock('@aws-sdk/client-sqs', () => {
      load();
      return {};
    });
    const { app, simulator, owner } = await startTestApp({ orders: 20 });
    expect((await runToEnd(app.engine)).status).toBe('OK');
    expect(await differences(app.database, simulator)).toEqual([]);
    expect(await owner.request('{ notifications { status waiting warnings } }')).toEqual({
      notifications: { status: 'OFF', waiting: 0, warnings: [] },
    });
    expect(load).not.toHaveBeenCalled();
    vi.doUnmock('@aws-sdk/client-sqs');
  });
});
