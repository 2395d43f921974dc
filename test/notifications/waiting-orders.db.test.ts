import { describe, expect, vi } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import type { Database } from '../../src/database/database.js';
import { dropCovered } from '../../src/notifications/search-requests.js';
import { readState } from '../../src/notifications/state.js';
import { deleteOldNotifications, type ReceivedEvent, storeEvents } from '../../src/notifications/store-events.js';
import {
  type Claimed,
  claimOrders,
  finishOrders,
  lockOrders,
  nextTryAt,
  postponeOrder,
  releaseClaims,
  renewClaims,
} from '../../src/notifications/waiting-orders.js';
import { OrderWriter } from '../../src/notifications/write-orders.js';
import { deleteAll } from '../helpers/delete-all.js';
import { it } from '../helpers/fixtures.js';
import { seedOrders } from '../helpers/seed-orders.js';
import { databaseKind } from '../helpers/with-database.js';

const NOON = new Date('2026-11-29T12:00:00Z');
const later = (seconds: number) => new Date(NOON.getTime() + seconds * 1_000);
const event = (key: string, amazonOrderId = key, seconds = 0): ReceivedEvent => ({
  key,
  amazonOrderId,
  marketplaceId: 'ATVPDKIKX0DER',
  changedAt: later(seconds),
  sentAt: later(seconds),
});
const store = (database: Database, ...events: ReceivedEvent[]) =>
  storeEvents(database, { events, ignored: 0, unreadable: 0, lastUnreadable: null, testId: null, at: later(1) });
const claimBy = (database: Database, claim: string, options: Partial<Parameters<typeof claimOrders>[1]> = {}) =>
  claimOrders(database, { claim, leaseMs: 60_000, now: later(60), limit: 10, fromNewest: false, ...options });

describe('orders that notifications name', () => {
  it.beforeEach(async ({ database }) => {
    await deleteAll(database, 'notified_order, received_notification, order_items, amazon_order_item, amazon_order');
    await database.query('UPDATE notification_state SET accepted = 0, duplicates = 0, outdated = 0');
  });

  it('wait once, however many notifications', async ({ database }) => {
    expect(await store(database, event('n1', 'A'), event('n2', 'A', 5), event('n3', 'B'))).toEqual({
      accepted: 3,
      duplicates: 0,
      outdated: 0,
    });
    expect(await store(database, event('n1', 'A'), event('n4', 'A', 3), event('n4', 'A', 3))).toEqual({
      accepted: 1,
      duplicates: 2,
      outdated: 0,
    });
    const { orders } = await claimBy(database, 'one');
    expect(orders.map(({ amazonOrderId, eventAt, events }) => ({ amazonOrderId, eventAt, events }))).toEqual([
      { amazonOrderId: 'B', eventAt: later(0), events: 1 },
      { amazonOrderId: 'A', eventAt: later(5), events: 3 },
    ]);
    expect(await readState(database)).toMatchObject({ accepted: 4n, duplicates: 2n, waiting: 2 });
  });

  it.runIf(databaseKind === 'postgres')('are shared by processes that claim at once', async ({ database }) => {
    await store(database, event('n1', 'A'), event('n2', 'B', 1), event('n3', 'C', 2));
    const idsOf = ({ orders }: Claimed) => orders.map(({ amazonOrderId }) => amazonOrderId);
    await database.transaction(async (sql) => {
      const request = { claim: 'one', leaseMs: 60_000, now: later(60), limit: 1, fromNewest: false };
      expect(idsOf(await claimOrders(sql, request))).toEqual(['A']);
      expect(idsOf(await claimBy(database, 'two'))).toEqual(['B', 'C']);
    });
  });

  describe.runIf(databaseKind === 'postgres')('while another transaction has locked one of them', () => {
    const untilBlocked = (database: Database) =>
      vi.waitFor(async () => {
        const blocked = await database.query(
          `SELECT 1 AS one FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        expect(blocked).toHaveLength(1);
      }, 60_000);

    it('do not keep the process from renewing its claims to the others', async ({ database }) => {
      await store(database, event('n1', 'A'), event('n2', 'B', 1));
      await claimBy(database, 'one');
      await database.query(`UPDATE notified_order SET claimed_at = now() - interval '1 hour'`);
      await database.transaction(async (sql) => {
        await lockOrders(sql, ['A']);
        await renewClaims(database, 'one', ['B', 'A']);
      });
      expect(
        await database.query(
          `SELECT amazon_order_id AS id FROM notified_order WHERE claimed_at > now() - interval '1 min'`,
        ),
      ).toEqual([{ id: 'B' }]);
    });

    it('are not deleted by a run that covered them, without waiting', async ({ database }) => {
      await store(database, event('n1', 'A'), event('n2', 'B', 1));
      await database.query('UPDATE notified_order SET has_change_time = false');
      const run = { startedAt: later(50), updatedBefore: later(50) };
      await database.transaction(async (sql) => {
        await lockOrders(sql, ['A']);
        expect(await dropCovered(database, run)).toBe(1);
      });
      expect(await dropCovered(database, run)).toBe(1);
    });

    it('wait on, released, if that was a notification that came while they were read', async ({ database }) => {
      await store(database, event('n1', 'A'));
      const { orders } = await claimBy(database, 'one');
      let finished: Promise<unknown> = Promise.resolve();
      await database.transaction(async (sql) => {
        await sql.query('UPDATE notified_order SET events = events + 1');
        finished = finishOrders(database, orders, 'one');
        await untilBlocked(database);
      });
      await finished;
      expect((await claimBy(database, 'two')).orders).toMatchObject([{ amazonOrderId: 'A', events: 2 }]);
    });

    it('are written together without a deadlock', async ({ database }) => {
      await store(database, event('n1', 'B'), event('n2', 'A', 1), event('n3', 'C', 2));
      const { orders } = await claimBy(database, 'one');
      expect(orders.map(({ amazonOrderId }) => amazonOrderId)).toEqual(['B', 'A', 'C']);
      const writer = new OrderWriter({ database, clock: systemClock, claim: 'one' });
      const result = { outcome: 'LATER', failed: false } as const;
      const [first, ...rest] = orders.map((order) => ({ order, result }));
      let written: Promise<unknown> = Promise.resolve();
      await database.transaction(async (sql) => {
        await lockOrders(sql, ['A']);
        // The first one is written alone; those that come meanwhile together, and the other transaction has A.
        written = Promise.all([first, ...rest.toReversed()].flatMap((read) => (read ? [writer.write(read)] : [])));
        await untilBlocked(database);
        await lockOrders(sql, ['C']);
      });
      await written;
      expect(await claimBy(database, 'two')).toMatchObject({ orders: [] });
    });
  });

  it('do not wait if the mirror has the change, and stop waiting when it gets it', async ({ database }) => {
    await seedOrders(database, 1);
    const id = '700-0000000-0000001';
    await database.query('UPDATE amazon_order SET last_update_date = $1', [later(10)]);
    expect(await store(database, event('n1', id, 10))).toMatchObject({ accepted: 0, outdated: 1 });
    expect(await store(database, event('n2', id, 11), event('n3', 'B'))).toMatchObject({ accepted: 2 });
    await database.query('UPDATE amazon_order SET last_update_date = $1', [later(12)]);
    const { orders, skipped } = await claimBy(database, 'one');
    expect({ orders: orders.map(({ amazonOrderId }) => amazonOrderId), skipped }).toEqual({
      orders: ['B'],
      skipped: 1,
    });
  });

  it('are shared by processes, and lapse with the one that died', async ({ database }) => {
    await store(database, event('A'), event('B', 'B', 1), event('C', 'C', 2));
    const first = await claimBy(database, 'one', { limit: 1 });
    const second = await claimBy(database, 'two');
    expect([first, second].map(({ orders }) => orders.map(({ amazonOrderId }) => amazonOrderId))).toEqual([
      ['A'],
      ['B', 'C'],
    ]);
    expect((await claimBy(database, 'three')).orders).toEqual([]);
    await database.query(`UPDATE notified_order SET claimed_at = claimed_at - interval '2 minutes'`);
    // It doesn't know of its claim on C: the answer was lost.
    await renewClaims(database, 'two', ['B']);
    expect((await claimBy(database, 'three')).orders.map(({ amazonOrderId }) => amazonOrderId)).toEqual(['A', 'C']);
    await releaseClaims(database, 'two');
    expect((await claimBy(database, 'four')).orders).toHaveLength(1);
  });

  it('wait on if a notification comes while they are read', async ({ database }) => {
    await store(database, event('n1', 'A'));
    const [order] = (await claimBy(database, 'one')).orders;
    if (!order) throw new Error('nothing was claimed');
    await store(database, event('n2', 'A', 5));
    await finishOrders(database, [order], 'one');
    const [again] = (await claimBy(database, 'one')).orders;
    if (!again) throw new Error('nothing was claimed');
    expect(again.events).toBe(2);
    await finishOrders(database, [again], 'one');
    expect((await readState(database)).waiting).toBe(0);
  });

  it('wait until they are due, but not beyond a newer notification', async ({ database }) => {
    await store(database, event('n1', 'A'));
    const [order] = (await claimBy(database, 'one')).orders;
    if (!order) throw new Error('nothing was claimed');
    await postponeOrder(database, order, 'one', later(90));
    expect((await claimBy(database, 'one')).orders).toEqual([]);
    expect(await nextTryAt(database)).toEqual(later(90));
    await store(database, event('n0', 'A', -5));
    expect((await claimBy(database, 'one')).orders).toEqual([]);
    await store(database, event('n2', 'A', 5));
    expect((await claimBy(database, 'one')).orders).toMatchObject([{ attempts: 0, eventAt: later(5) }]);
  });

  it('are dropped when a run has covered them, but for a few that it lacks', async ({ database }) => {
    await store(database, event('covered', 'A'), event('later', 'B', 100));
    const run = { startedAt: later(50), updatedBefore: later(50) };
    expect(await dropCovered(database, run)).toBe(0);
    await database.query(`UPDATE notified_order SET has_change_time = false`);
    expect(await dropCovered(database, { ...run, startedAt: later(0) })).toBe(0);
    expect(await dropCovered(database, run)).toBe(1);
    await store(database, ...Array.from({ length: 31 }, (_, index) => event(`many${index}`)));
    expect(await dropCovered(database, run)).toBe(31);
    expect((await claimBy(database, 'one')).orders.map(({ amazonOrderId }) => amazonOrderId)).toEqual(['B']);
  });

  it('are known for as long as the queue may deliver them again', async ({ database }) => {
    await store(database, event('old'), event('new'));
    const old = new Date(NOON.getTime() - 16 * 86_400_000);
    await database.query(`UPDATE received_notification SET received_at = $1 WHERE notification_id = 'old'`, [old]);
    await deleteOldNotifications(database, NOON);
    expect(await database.query('SELECT notification_id AS id FROM received_notification')).toEqual([{ id: 'new' }]);
  });
});
