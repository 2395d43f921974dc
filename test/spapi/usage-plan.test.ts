import { describe, expect, it } from 'vitest';
import {
  after429,
  type Bucket,
  DEFAULT_USAGE_PLANS,
  fullBucket,
  periodMs,
  rateFromHeader,
  take,
  takeOverRate,
} from '../../src/spapi/http/usage-plan.js';

const HOUR = 3_600_000;

/** Calls one after the other, waiting as told; resolves to the instant of the last. */
function callUntil(calls: number, bucket: Bucket): number {
  let now = 0;
  let present = bucket;
  for (let made = 0; made < calls; ) {
    const taken = take(present, now);
    present = taken.bucket;
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

  it('lets the whole burst through at once, and not one more', () => {
    const plan = DEFAULT_USAGE_PLANS.searchOrders;
    expect(callUntil(20, fullBucket(plan, 0))).toBe(0);
    expect(callUntil(21, fullBucket(plan, 0))).toBeCloseTo(periodMs(plan), -1);
  });

  it('gives no part of a token for a whole one', () => {
    expect(take({ rate: 0.5, burst: 20, tokens: 0.9921875, updatedAt: 0 }, 0).waitMs).toBe(16);
  });

  it('holds no more than the burst, however long it rests', () => {
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

  it('has a token when the wait that it told is over, at any rate', () => {
    for (let rate = 0.0011; rate < 50; rate *= 1.37) {
      const { waitMs, bucket } = take({ rate, burst: 5, tokens: 0.123456789, updatedAt: 777 }, 1000);
      if (waitMs > 0) expect(take(bucket, 1000 + waitMs).waitMs, `at ${rate}/s`).toBe(0);
    }
  });

  it('gives nothing away to two replicas whose clocks differ by a minute', () => {
    let bucket = fullBucket({ rate: 0.1, burst: 5 }, 0);
    let taken = 0;
    for (let second = 0; second < 3600; second += 1) {
      const step = take(bucket, second * 1000 + (second % 2) * 60_000);
      bucket = step.bucket;
      if (step.waitMs === 0) taken += 1;
    }
    // The burst, an hour's drip, and once the minute between the clocks.
    expect(taken).toBeLessThanOrEqual(5 + 360 + 6);
    expect(taken).toBeGreaterThan(350);
  });

  it('neither stalls nor fills when a broken clock left it a year ahead', () => {
    const ahead = { rate: 0.1, burst: 5, tokens: 0, updatedAt: 365 * 24 * HOUR };
    expect(take(ahead, 0).waitMs).toBe(10_000);
  });

  it('waits a whole period after a 429, whatever it thought it had', () => {
    const bucket = after429(fullBucket({ rate: 0.0056, burst: 20 }, 0), 5_000);
    expect(take(bucket, 5_000).waitMs).toBe(Math.ceil(1000 / 0.0056));
  });

  it('takes a rate over for what drips in from now on, and keeps the burst', () => {
    const empty = { rate: 0.1, burst: 5, tokens: 0, updatedAt: 0 };
    const faster = takeOverRate(empty, 1, 5_000);
    expect(faster).toMatchObject({ rate: 1, burst: 5, tokens: 0.5 });
    expect(take(faster, 5_000).waitMs).toBe(500);
  });

  it.each(['0', '-1', 'NaN', '', 'fast', 'Infinity', '1e-300', undefined])('takes no rate from %o', (header) => {
    expect(rateFromHeader(header)).toBeNull();
  });

  it('takes a rate from a sane header', () => {
    expect(rateFromHeader('0.0167')).toBe(0.0167);
  });
});
