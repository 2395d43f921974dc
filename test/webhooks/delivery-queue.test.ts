import { describe, expect, it } from 'vitest';
import { DeliveryQueue, type QueuedDelivery } from '../../src/webhooks/delivery-queue.js';
import { FeedPosition } from '../../src/webhooks/feed-position.js';

function delivery(key: string | null, place: number, dueAt = 0): QueuedDelivery {
  const at = new Date(0);
  return {
    ...{ messageId: `${key} ${place}`, type: 'order.changed', key, place: BigInt(place), change: null },
    ...{ at, retryFrom: at, body: '', rowId: null, attempts: 0, dueAt },
  };
}
const failed = (queue: DeliveryQueue, one: QueuedDelivery, retryAt: number) => {
  one.attempts += 1;
  return queue.settle(one, retryAt, 0);
};

describe('the queue of an endpoint', () => {
  it('returns one delivery of a key at a time, and those of other keys meanwhile', () => {
    const queue = new DeliveryQueue();
    const [a1, a2, b1] = [delivery('a', 1), delivery('a', 2), delivery('b', 3)];
    for (const each of [a1, a2, b1]) expect(queue.add(each, 0)).toBe(false);
    expect([queue.take(0), queue.take(0), queue.take(0)]).toEqual([a1, b1, null]);
    expect(queue.inFlight).toBe(2);
    queue.settle(a1, null, 0);
    expect(queue.take(0)).toBe(a2);
    queue.settle(a2, null, 0);
    queue.settle(b1, null, 0);
    expect([queue.size, queue.inFlight, queue.ready, queue.nextDueAt]).toEqual([0, 0, 0, null]);
  });

  it('holds back later deliveries of a key until a failed one is due and done', () => {
    const queue = new DeliveryQueue();
    const [a1, a2, a3] = [delivery('a', 1), delivery('a', 2), delivery('a', 3)];
    queue.add(a1, 0);
    queue.add(a2, 0);
    queue.take(0);
    expect(failed(queue, a1, 100)).toEqual([a2]);
    expect(queue.add(a3, 0)).toBe(true);
    expect([queue.take(99), queue.nextDueAt]).toEqual([null, 100]);
    expect(queue.take(100)).toBe(a1);
    expect(queue.take(100)).toBeNull();
    // Given up.
    queue.settle(a1, null, 100);
    expect(queue.take(100)).toBe(a2);
  });

  it('holds back the first of a key that comes while a failed one is sent again: both survive the process, or neither', () => {
    const queue = new DeliveryQueue();
    const [a1, a2, a3] = [delivery('a', 1), delivery('a', 2), delivery('a', 3)];
    queue.add(a1, 0);
    queue.take(0);
    failed(queue, a1, 100);
    expect(queue.take(100)).toBe(a1);
    expect([queue.add(a2, 100), queue.add(a3, 100)]).toEqual([true, true]);
  });

  it('does not order deliveries without a key', () => {
    const queue = new DeliveryQueue();
    const both = [delivery(null, 1), delivery(null, 2)];
    for (const each of both) queue.add(each, 0);
    expect([queue.take(0), queue.take(0)]).toEqual(both);
  });

  it('puts an older delivery that is sent again before those that wait', () => {
    const queue = new DeliveryQueue();
    const [a2, a1, b2, b3, b1] = [
      ...[delivery('a', 2), delivery('a', 1), delivery('b', 2), delivery('b', 3), delivery('b', 1)],
    ] as const;
    queue.add(a2, 0);
    queue.add(a1, 0);
    expect([queue.take(0), queue.take(0)]).toEqual([a1, null]);
    queue.add(b2, 0);
    expect(queue.take(0)).toBe(b2);
    queue.add(b3, 0);
    queue.add(b1, 0);
    expect(queue.take(0)).toBeNull();
    queue.settle(b2, null, 0);
    expect(queue.take(0)).toBe(b1);
  });

  it('makes all due at once when an endpoint works again', () => {
    const queue = new DeliveryQueue();
    const all = [delivery('a', 1, 500), delivery('b', 2, 900)];
    for (const each of all) queue.add(each, 0);
    expect(queue.take(0)).toBeNull();
    queue.makeAllDue(0);
    expect([queue.take(0), queue.take(0)]).toEqual(all);
  });
});

describe('the position in the feed', () => {
  const at = new Date(0);
  const change = (id: number) => ({ id: BigInt(id), at });

  it('is the last change up to which all are stored', () => {
    const position = new FeedPosition(change(1));
    for (const id of [2, 3, 5]) position.read(change(id));
    expect(position.after([3n, 5n])).toEqual(change(1));
    position.stored([3n, 5n]);
    expect(position.length).toBe(3);
    expect(position.after([2n])).toEqual(change(5));
    position.stored([2n]);
    expect([position.length, position.after([])]).toEqual([0, change(5)]);
  });

  it('is unknown before the first change of an empty feed', () => {
    const position = new FeedPosition(null);
    position.read(change(1));
    expect(position.after([])).toBeNull();
    expect(position.after([1n])).toEqual(change(1));
  });
});
