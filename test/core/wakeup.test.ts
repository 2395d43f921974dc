import { expect, it } from 'vitest';
import { Wakeup } from '../../src/core/wakeup.js';
import { createVirtualClock } from '../helpers/virtual-clock.js';

const HOUR_MS = 3_600_000;

it('ends a wait at the signal, at its time, or when it is aborted', async () => {
  const clock = createVirtualClock('stands');
  const wakeup = new Wakeup();
  const abort = new AbortController();
  const waits = [wakeup.wait(clock, HOUR_MS, abort.signal), wakeup.wait(clock, Infinity, abort.signal)];
  wakeup.signal();
  await Promise.all(waits);
  const timed = wakeup.wait(clock, HOUR_MS, abort.signal);
  clock.advance(HOUR_MS);
  await timed;
  const aborted = wakeup.wait(clock, HOUR_MS, abort.signal);
  abort.abort(new Error('stop'));
  await expect(aborted).rejects.toThrow('stop');
});

it('does not begin to wait after an abort', async () => {
  const clock = createVirtualClock('stands');
  const reason = AbortSignal.abort(new Error('stop'));
  await expect(new Wakeup().wait(clock, HOUR_MS, reason)).rejects.toThrow('stop');
});
