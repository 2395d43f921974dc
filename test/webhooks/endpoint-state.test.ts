import { describe, expect, it, test } from 'vitest';
import { EndpointState } from '../../src/webhooks/endpoint-state.js';
import { defaultRetryPlan, pauseAfter, retryAfterMs } from '../../src/webhooks/retry.js';

const DAY = 24 * 60 * 60_000;
const NEW = { failures: 0, failingSince: null, pauseLevel: 0, pausedUntil: null };
const noJitter = () => 0.5;
const error500 = { status: 500, error: 'The response was 500.', retryAfter: undefined };
const stateOf = (stored = NEW) => new EndpointState(stored, defaultRetryPlan, noJitter);

describe('pauses', () => {
  it('grow, and spread by a fifth', () => {
    const { pauses, giveUpAfter } = defaultRetryPlan;
    const means = Array.from({ length: 20 }, (_, index) => pauseAfter(pauses, index + 1, 0.5));
    expect(means).toEqual([...means].sort((a, b) => a - b));
    expect(means.slice(0, 3)).toEqual([5_000, 30_000, 120_000]);
    expect([pauseAfter(pauses, 1, 0), pauseAfter(pauses, 1, 1)]).toEqual([4_000, 6_000]);
    // About 19 attempts in three days.
    let attempts = 1;
    for (let time = pauseAfter(pauses, 1, 0.5); time < giveUpAfter; time += pauseAfter(pauses, attempts, 0.5))
      attempts += 1;
    expect(attempts).toBe(19);
  });

  test.each([
    [undefined, null],
    ['120', 120_000],
    [' 0 ', 0],
    ['999999', 3_600_000],
    ['Sun, 29 Nov 2026 10:00:30 GMT', 30_000],
    ['Sun, 29 Nov 2026 09:00:00 GMT', 0],
    ['soon', null],
  ])('Retry-After: %s', (header, expected) => {
    expect(retryAfterMs(header, new Date('2026-11-29T10:00:00Z'))).toBe(expected);
  });
});

describe('an endpoint', () => {
  it('pauses as a whole after five failures in a row, longer with each failed trial, until a success', () => {
    const state = stateOf();
    for (let time = 0; time < 4; time += 1) state.failed(error500, 1, time);
    expect(state.isDown).toBe(false);
    // Requests that were under way don't lengthen the pause.
    for (let count = 0; count < 12; count += 1) state.failed(error500, 1, 4);
    expect([state.isDown, state.pausedUntil]).toEqual([true, 10_004]);
    expect([state.isPaused(10_003), state.isPaused(10_004)]).toEqual([true, false]);
    state.failed(error500, 2, 20_000);
    expect(state.pausedUntil).toBe(50_000);
    expect(state.health()).toMatchObject({ failures: 17, failingSince: new Date(0), lastError: error500.error });
    expect(state.succeeded(60_000)).toBe(true);
    expect(state.health()).toMatchObject({ failures: 0, failingSince: null, lastError: null, pausedUntil: null });
    expect(state.succeeded(60_001)).toBe(false);
  });

  it('keeps its pause over a restart', () => {
    const state = stateOf({ ...NEW, failures: 9, pauseLevel: 3, pausedUntil: new Date(500) } as never);
    expect([state.isDown, state.isPaused(499), state.isPaused(500)]).toEqual([true, true, false]);
  });

  test.each([429, 503])('waits as long as a response with %i asks for', (status) => {
    const state = stateOf();
    expect(state.failed({ status, error: '', retryAfter: '7' }, 3, 1_000)).toBe(8_000);
    expect(state.pausedUntil).toBe(8_000);
  });

  it('ignores Retry-After of other responses', () => {
    const state = stateOf();
    expect(state.failed({ ...error500, retryAfter: '7' }, 1, 0)).toBe(5_000);
    expect(state.pausedUntil).toBe(0);
  });

  it('is switched off by 410, and after five days of failures', () => {
    const gone = stateOf();
    expect(gone.failed({ status: 410, error: '', retryAfter: undefined }, 1, 7)).toBe(7);
    expect([gone.health().disabledReason, gone.isPaused(9e15)]).toEqual(['The receiver answered 410 (Gone).', true]);
    const failing = stateOf();
    failing.failed(error500, 1, 0);
    failing.failed(error500, 1, 5 * DAY - 1);
    expect(failing.health().disabledReason).toBeNull();
    failing.failed(error500, 1, 5 * DAY);
    expect(failing.health().disabledReason).toBe('Every delivery has failed for five days.');
  });
});
