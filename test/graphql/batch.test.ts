import { expect, it } from 'vitest';
import { batch } from '../../src/graphql/batch.js';

function counted() {
  const calls: (readonly number[])[] = [];
  const read = batch(async (keys: readonly number[]) => {
    calls.push(keys);
    if (keys.includes(13)) throw new Error('No thirteen.');
    return new Map(keys.filter((key) => key > 0).map((key) => [key, key * 2]));
  });
  return { calls, read };
}

it('asks once for the keys of a turn, however deep in its microtasks they come', async () => {
  const { calls, read } = counted();
  const later = async (key: number) => {
    for (let depth = 0; depth < key; depth++) await null;
    return read(key);
  };
  expect(await Promise.all([later(1), later(2), later(20), later(2)])).toEqual([2, 4, 40, 4]);
  expect(calls).toEqual([[1, 2, 20]]);
});

it('keeps nothing: the next turn asks again', async () => {
  const { calls, read } = counted();
  await read(1);
  await read(1);
  expect(calls).toEqual([[1], [1]]);
});

it('has undefined for what is not there, and fails all that asked with a failed load', async () => {
  const { read } = counted();
  expect(await Promise.all([read(-1), read(1)])).toEqual([undefined, 2]);
  const failed = await Promise.allSettled([read(13), read(1)]);
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await read(1)).toBe(2);
});
