import { expect, test } from 'vitest';
import { createPasswordQueue } from '../../src/accounts/password-queue.js';

/** A queue whose work the test completes, one at a time, in start order. */
function queueByHand() {
  const queue = createPasswordQueue();
  const started: { name: string; finish: () => void }[] = [];
  return {
    started: () => started.map(({ name }) => name),
    run: (name: string, key: string, known = false) =>
      queue
        .run({ key, known }, () => new Promise<void>((finish) => started.push({ name, finish })))
        .then(
          () => 'done',
          (error) => error.code,
        ),
    finishOldest: async () => {
      started.shift()?.finish();
      await new Promise(setImmediate);
    },
  };
}

test('#43 runs two at a time and serves addresses in turn', async () => {
  const queue = queueByHand();
  for (let index = 0; index < 6; index += 1) void queue.run(`flood ${index}`, '10.0.0.1');
  void queue.run('other', '10.0.0.2');
  await new Promise(setImmediate);
  expect(queue.started()).toEqual(['flood 0', 'flood 1']);
  await queue.finishOldest();
  await queue.finishOldest();
  expect(queue.started()).toEqual(['flood 2', 'other']);
});

test('#43 rejects checks over the limit, first those of the address with the most', async () => {
  const queue = queueByHand();
  const flood = Array.from({ length: 150 }, (_, index) => queue.run(`${index}`, '10.0.0.1'));
  expect((await Promise.race([Promise.all(flood.slice(12)), new Promise(() => {})])) as string[]).toEqual(
    Array(138).fill('RATE_LIMITED'),
  );
  const others = Array.from({ length: 12 }, (_, index) => queue.run(`other ${index}`, `10.0.1.${index}`));
  expect(await Promise.all(flood.slice(2, 4))).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
  for (let left = 0; left < 40; left += 1) await queue.finishOldest();
  expect(await Promise.all(others)).toEqual(Array(12).fill('done'));
});

test('#43 queues known users separately', async () => {
  const queue = queueByHand();
  for (let index = 0; index < 150; index += 1) void queue.run(`flood ${index}`, `10.0.0.${index}`);
  const mine = queue.run('mine', 'me', true);
  await new Promise(setImmediate);
  await queue.finishOldest();
  await queue.finishOldest();
  expect(queue.started()).toContain('mine');
  for (let left = 0; left < 30; left += 1) await queue.finishOldest();
  expect(await mine).toBe('done');
});

test('continues after failed work', async () => {
  const queue = createPasswordQueue();
  const failures = Array.from({ length: 5 }, () =>
    queue.run({ key: 'a', known: false }, () => Promise.reject(new Error('no'))),
  );
  await Promise.allSettled(failures);
  expect(await queue.run({ key: 'a', known: false }, async () => 'yes')).toBe('yes');
});
