import { expect, it } from 'vitest';
import { shareReads } from '../../src/database/shared-reads.js';

/** Reads of a changing row, each answered by the test. */
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

it('callers during a read share the next one, which sees later changes', async () => {
  const { state, read, answer } = row();
  const first = read('a');
  state.value = 2;
  const callers = Promise.all(Array.from({ length: 100 }, () => read('a')));
  expect(state.reads).toBe(1);
  await answer();
  expect(await first).toBe(1);
  expect(state.reads).toBe(2);
  await answer();
  expect(new Set(await callers)).toEqual(new Set([2]));
  const late = read('a');
  expect(state.reads).toBe(3);
  await answer();
  expect(await late).toBe(2);
});

it('reads keys separately, and rejects only the callers that share a failed read', async () => {
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
