import { expect, it, vi } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { concurrentWatches, shareWork } from '../../src/spapi/http/call-watch.js';
import { createAccessTokens } from '../../src/spapi/http/login.js';

const watchOf = (signal: AbortSignal) => ({ signal, onRequest: () => {}, onWait: () => {} });

it('handles a failure of shared work whose only caller has aborted', async () => {
  const onEnd = vi.fn();
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  try {
    const work = shareWork(() => Promise.reject(new Error('no')), onEnd);
    await expect(work.join(watchOf(AbortSignal.abort(new Error('aborted'))))).rejects.toThrow('aborted');
    await new Promise((resolve) => setImmediate(resolve));
    expect(onEnd).toHaveBeenCalled();
    expect(unhandled).not.toHaveBeenCalled();
  } finally {
    process.off('unhandledRejection', unhandled);
  }
});

it('resolves for each caller of shared work, or rejects when the caller aborts', async () => {
  let finish: (value: number) => void = () => {};
  const work = shareWork(
    () =>
      new Promise<number>((resolve) => {
        finish = resolve;
      }),
    () => {},
  );
  const aborting = new AbortController();
  const one = work.join(watchOf(aborting.signal));
  const other = work.join(watchOf(new AbortController().signal));
  aborting.abort(new Error('aborted'));
  await expect(one).rejects.toThrow('aborted');
  finish(7);
  expect(await other).toBe(7);
});

it('does not log in for an aborted call', async () => {
  const login = vi.fn(async () => ({ token: 'a token', goodUntil: Number.POSITIVE_INFINITY }));
  const tokens = createAccessTokens(login, systemClock);
  await expect(tokens.get(watchOf(AbortSignal.abort(new Error('aborted'))))).rejects.toThrow('aborted');
  expect(login).not.toHaveBeenCalled();
  expect(await tokens.get(watchOf(new AbortController().signal))).toBe('a token');
});

it('reports a wait of concurrent calls until the last of them continues', () => {
  const reported: (number | null)[] = [];
  const { a, b } = concurrentWatches(
    { ...watchOf(new AbortController().signal), onWait: (until) => void reported.push(until?.getTime() ?? null) },
    ['a', 'b'],
  );
  a.onWait(new Date(10), 'QUOTA');
  b.onWait(new Date(20), 'RETRY');
  a.onWait(null, null);
  b.onWait(null, null);
  expect(reported).toEqual([10, 20, 20, null]);
});
