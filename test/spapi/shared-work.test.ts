import { expect, it, vi } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { createAccessTokens } from '../../src/spapi/http/access-token.js';
import { shareWork } from '../../src/spapi/http/shared-work.js';

const watchOf = (signal: AbortSignal) => ({ signal, onRequest: () => {}, onWait: () => {} });

it('that fails when whoever started it has gone already is nobody’s error', async () => {
  const onEnd = vi.fn();
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  try {
    const work = shareWork(() => Promise.reject(new Error('no')), onEnd);
    await expect(work.join(watchOf(AbortSignal.abort(new Error('gone'))))).rejects.toThrow('gone');
    await new Promise((resolve) => setImmediate(resolve));
    expect(onEnd).toHaveBeenCalled();
    expect(unhandled).not.toHaveBeenCalled();
  } finally {
    process.off('unhandledRejection', unhandled);
  }
});

it('ends for each who waits: with its result, or when they go away', async () => {
  let finish: (value: number) => void = () => {};
  const work = shareWork(
    () =>
      new Promise<number>((resolve) => {
        finish = resolve;
      }),
    () => {},
  );
  const leaving = new AbortController();
  const one = work.join(watchOf(leaving.signal));
  const other = work.join(watchOf(new AbortController().signal));
  leaving.abort(new Error('gone'));
  await expect(one).rejects.toThrow('gone');
  finish(7);
  expect(await other).toBe(7);
});

it('is not begun for who has gone already: no login for a call that nobody wants', async () => {
  const login = vi.fn(async () => ({ token: 'a token', goodUntil: Number.POSITIVE_INFINITY }));
  const tokens = createAccessTokens(login, systemClock);
  await expect(tokens.get(watchOf(AbortSignal.abort(new Error('gone'))))).rejects.toThrow('gone');
  expect(login).not.toHaveBeenCalled();
  expect(await tokens.get(watchOf(new AbortController().signal))).toBe('a token');
});
