import { MAX_CLOCK_SKEW_MS } from '../../core/clock.js';

/** The operations that this client calls, by Amazon's names. */
export type Operation = 'searchOrders' | 'getOrder' | 'getMarketplaceParticipations';

export interface UsagePlan {
  /** Tokens a second. */
  readonly rate: number;
  /** The most tokens that a bucket holds. */
  readonly burst: number;
}

/** model: the default plans, for one seller and application (orders_2026-01-01.json, sellers.json). */
export const DEFAULT_USAGE_PLANS: Readonly<Record<Operation, UsagePlan>> = {
  searchOrders: { rate: 0.0056, burst: 20 },
  getOrder: { rate: 0.5, burst: 30 },
  getMarketplaceParticipations: { rate: 0.016, burst: 15 },
};

/** docs ("Usage Plans and Rate Limits"): tokens drip in at the rate, up to the burst, and each request takes one. */
export interface Bucket extends UsagePlan {
  readonly tokens: number;
  /** Up to when what dripped in is counted in `tokens`; epoch milliseconds. */
  readonly updatedAt: number;
}

/** Where the buckets are kept: all that call Amazon for the same seller must share them. */
export interface UsagePlanStore {
  /**
   * Changes one operation's bucket, full at first, as one atomic step; resolves with `change`'s result. Where somebody
   * else was quicker, `change` is called again with what is there then.
   */
  update<T>(operation: Operation, change: (bucket: Bucket) => { bucket: Bucket; result: T }): Promise<T>;
}

export function fullBucket(plan: UsagePlan, now: number): Bucket {
  return { ...plan, tokens: plan.burst, updatedAt: now };
}

/**
 * The bucket as it is `now`. From one that is ahead of `now`, nothing drips until its time has come:
 * two replicas whose clocks disagree would otherwise count the difference in again and again.
 */
export function refill(bucket: Bucket, now: number): Bucket {
  const ahead = bucket.updatedAt - now;
  if (ahead > MAX_CLOCK_SKEW_MS) return { ...bucket, updatedAt: now };
  if (ahead >= 0) return bucket;
  return { ...bucket, tokens: Math.min(bucket.burst, bucket.tokens + (-ahead / 1000) * bucket.rate), updatedAt: now };
}

/** Takes a token (`waitMs` 0), or tells how many milliseconds from `now` there will be one to take. */
export function take(bucket: Bucket, now: number): { bucket: Bucket; waitMs: number } {
  const filled = refill(bucket, now);
  if (filled.tokens >= 1) return { bucket: { ...filled, tokens: filled.tokens - 1 }, waitMs: 0 };
  const dueAt = filled.updatedAt + ((1 - filled.tokens) / filled.rate) * 1000;
  return { bucket: filled, waitMs: Math.max(1, Math.ceil(dueAt - now)) };
}

/** Slower than one request a day, or faster than this, is no rate of Amazon's. */
const SANE_RATES = { least: 1 / 86_400, most: 10_000 };

/**
 * The rate that `x-amzn-RateLimit-Limit` tells, in requests a second; null if it tells none.
 * docs: best effort, on 20x, 400 and 404 only; it never tells the burst.
 */
export function rateFromHeader(header: string | undefined): number | null {
  const rate = Number(header ?? Number.NaN);
  return rate >= SANE_RATES.least && rate <= SANE_RATES.most ? rate : null;
}

/** What dripped in so far came at the old rate, what follows at the new one. */
export function takeOverRate(bucket: Bucket, rate: number, now: number): Bucket {
  return { ...refill(bucket, now), rate };
}

/** A refusal for quota proves the bucket empty, whatever was thought: a whole period passes before the next token. */
export function after429(bucket: Bucket, now: number): Bucket {
  return { ...refill(bucket, now), tokens: 0 };
}

/** How long one token takes to drip in, in milliseconds. */
export function periodMs(plan: UsagePlan): number {
  return 1000 / plan.rate;
}
