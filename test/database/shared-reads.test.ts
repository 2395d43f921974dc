import { expect, it } from 'vitest';
import { shareReads } from '../../src/database/shared-reads.js';

/** Reads of a row that changes, each answered when the test says so. */
function row() {
  const pending: (() => void)[] = [];
  const state = { value: 1, reads: 0, failure: null as Error | null };
  const read = shareReads((_key: string) => {
    state.reads += 1;
    const { value, failure } = state;
    return new Promise<number>((resolve, reject) => {
      pending.push(() => (failure ? reject(failure) : resolve(value)));
    });
  });
  const answer = () => {
    pending.shift()?.();
    return new Promise((resolve) => setImmediate(resolve));
  };
  return { state, read, answer };
}

it('who asks while a read is under way shares the next one, which sees what was changed meanwhile', async () => {
  const { state, read, answer } = row();
  const first = read('a');
  state.value = 2;
  const crowd = Promise.all(Array.from({ length: 100 }, () => read('a')));
  expect(state.reads).toBe(1);
  await answer();
  expect(await first).toBe(1);
  expect(state.reads).toBe(2);
  await answer();
  expect(new Set(await crowd)).toEqual(new Set([2]));
  const late = read('a');
  expect(state.reads).toBe(3);
  await answer();
  expect(await late).toBe(2);
});

it('keys are read apart, and a failure is told to those who shared it alone', async () => {
  const { state, read, answer } = row();
  state.failure = new Error('gone');
  const first = read('a');
  state.failure = null;
  const next = read('a');
  const other = read('b');
  expect(state.reads).toBe(2);
  await answer();
  await expect(first).rejects.toThrow('gone');
  await answer();
  await answer();
  expect(await Promise.all([next, other])).toEqual([1, 1]);
});
