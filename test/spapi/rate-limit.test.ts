import { describe, expect, it } from 'vitest';
import {
  after429,
  type Bucket,
  DEFAULT_USAGE_PLANS,
  fullBucket,
  periodMs,
  rateFromHeader,
  take,
  withRate,
} from '../../src/spapi/http/rate-limit.js';

const HOUR = 3_600_000;

/** Returns the instant of the last of sequential calls. */
function callUntil(calls: number, bucket: Bucket): number {
  let now = 0;
  let current = bucket;
  for (let made = 0; made < calls; ) {
    const taken = take(current, now);
    current = taken.bucket;
    if (taken.waitMs === 0) made += 1;
    now += taken.waitMs;
  }
  return now;
}

describe('the token bucket', () => {
  it.each(Object.entries(DEFAULT_USAGE_PLANS))('%s: a hundred calls take (100 - burst) / rate', (_name, plan) => {
    const seconds = callUntil(100, fullBucket(plan, 0)) / 1000;
    const ideal = (100 - plan.burst) / plan.rate;
    expect(seconds).toBeGreaterThanOrEqual(ideal * 0.9999);
    expect(seconds).toBeLessThan(ideal * 1.01);
  });

  it('allows the burst at once, and no call more', () => {
    const plan = DEFAULT_USAGE_PLANS.searchOrders;
    expect(callUntil(20, fullBucket(plan, 0))).toBe(0);
    expect(callUntil(21, fullBucket(plan, 0))).toBeCloseTo(periodMs(plan), -1);
  });

  it('requires a whole token', () => {
    expect(take({ rate: 0.5, burst: 20, tokens: 0.9921875, updatedAt: 0 }, 0).waitMs).toBe(16);
  });

  it('holds at most the burst', () => {
    let bucket = fullBucket({ rate: 1, burst: 3 }, 0);
    let taken = 0;
    for (;;) {
      const step = take(bucket, 1000 * HOUR);
      if (step.waitMs > 0) break;
      bucket = step.bucket;
      taken += 1;
    }
    expect(taken).toBe(3);
  });

  it('has a token after the returned wait, at any rate', () => {
    for (let rate = 0.0011; rate < 50; rate *= 1.37) {
      const { waitMs, bucket } = take({ rate, burst: 5, tokens: 0.123456789, updatedAt: 777 }, 1000);
      if (waitMs > 0) expect(take(bucket, 1000 + waitMs).waitMs, `at ${rate}/s`).toBe(0);
    }
  });

  it('adds no tokens for two processes whose clocks differ by a minute', () => {
    let bucket = fullBucket({ rate: 0.1, burst: 5 }, 0);
    let taken = 0;
    for (let second = 0; second < 3600; second += 1) {
      const step = take(bucket, second * 1000 + (second % 2) * 60_000);
      bucket = step.bucket;
      if (step.waitMs === 0) taken += 1;
    }
    // The burst, an hour's tokens, and once a minute's tokens for the difference of the clocks.
    expect(taken).toBeLessThanOrEqual(5 + 360 + 6);
    expect(taken).toBeGreaterThan(350);
  });

  it('waits one period for a bucket dated a year in the future by a wrong clock', () => {
    const ahead = { rate: 0.1, burst: 5, tokens: 0, updatedAt: 365 * 24 * HOUR };
    expect(take(ahead, 0).waitMs).toBe(10_000);
  });

  it('waits a whole period after a 429, with a full bucket too', () => {
    const bucket = after429(fullBucket({ rate: 0.0056, burst: 20 }, 0), 5_000);
    expect(take(bucket, 5_000).waitMs).toBe(Math.ceil(1000 / 0.0056));
  });

  it('applies a new rate from now on, and keeps the burst', () => {
    const empty = { rate: 0.1, burst: 5, tokens: 0, updatedAt: 0 };
    const faster = withRate(empty, 1, 5_000);
    expect(faster).toMatchObject({ rate: 1, burst: 5, tokens: 0.5 });
    expect(take(faster, 5_000).waitMs).toBe(500);
  });

  it.each(['0', '-1', 'NaN', '', 'fast', 'Infinity', '1e-300', undefined])('ignores the rate header %o', (header) => {
    expect(rateFromHeader(header)).toBeNull();
  });

  it('parses a valid rate header', () => {
    expect(rateFromHeader('0.0167')).toBe(0.0167);
  });
});
