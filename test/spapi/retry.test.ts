import { describe, expect, it } from 'vitest';
import { SpApiFailure } from '../../src/spapi/http/failure.js';
import { DEFAULT_RETRY_LIMITS, retryDelay, type Tries } from '../../src/spapi/http/retry.js';

const failed = (status: number | null, retryAfterMs: number | null = null) =>
  new SpApiFailure({
    operation: 'searchOrders',
    status,
    code: null,
    message: '',
    retryable: status === null || status >= 429,
    retryAfterMs,
  });
const tries = (some: Partial<Tries>): Tries => ({
  failures: 0,
  malformed: 0,
  elapsedMs: 0,
  throttles: 0,
  throttledMs: 0,
  ...some,
});
const PERIOD = 178_571;
const delayAfter = (failure: SpApiFailure, some: Partial<Tries>, random: number) =>
  retryDelay(failure, tries(some), PERIOD, () => random, DEFAULT_RETRY_LIMITS);

describe('retryDelay', () => {
  it('backs off exponentially up to a minute, with full jitter', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7].map((failures) => delayAfter(failed(503), { failures }, 0.999_999));
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000]);
    expect(delayAfter(failed(null), { failures: 5 }, 0)).toBe(0);
  });

  it('gives up after eight failures or half an hour', () => {
    expect(delayAfter(failed(500), { failures: 8 }, 0)).toBeNull();
    expect(delayAfter(failed(500), { failures: 2, elapsedMs: 30 * 60_000 - 500 }, 0.5)).toBeNull();
    expect(delayAfter(failed(500), { failures: 2, elapsedMs: 30 * 60_000 - 5_000 }, 0.5)).toBe(1000);
  });

  it('waits a whole period of the operation after a 429, plus jitter', () => {
    expect(delayAfter(failed(429), { throttles: 1 }, 0)).toBe(PERIOD);
    expect(delayAfter(failed(429), { throttles: 3 }, 0.5)).toBe(PERIOD + 2000);
  });

  it('waits for a longer Retry-After, and gives up on one above the limit', () => {
    expect(delayAfter(failed(429, 600_000), { throttles: 1 }, 0)).toBe(600_000);
    expect(delayAfter(failed(429, 1000), { throttles: 1 }, 0)).toBe(PERIOD);
    expect(delayAfter(failed(503, 5000), { failures: 1 }, 0)).toBe(5000);
    expect(delayAfter(failed(429, 86_400_000), { throttles: 1 }, 0)).toBeNull();
  });

  it('counts 429s apart from failures, with a limit of their own', () => {
    expect(delayAfter(failed(429), { throttles: 19, failures: 7 }, 0)).toBe(PERIOD);
    expect(delayAfter(failed(503), { throttles: 19, failures: 7, throttledMs: 7_000_000 }, 0)).toBe(0);
    expect(delayAfter(failed(429), { throttles: 20 }, 0)).toBeNull();
    expect(delayAfter(failed(429), { throttles: 2, throttledMs: 2 * 3_600_000 - 1000 }, 0)).toBeNull();
  });

  it.each([400, 403, 404])('gives up after %i', (status) => {
    expect(delayAfter(failed(status), { failures: 1 }, 0)).toBeNull();
  });
});
