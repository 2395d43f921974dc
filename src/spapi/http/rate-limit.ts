import { type Clock, MAX_CLOCK_SKEW_MS } from '../../core/clock.js';
import { type CallWatch, wait } from './call-watch.js';
import type { Operation } from './endpoints.js';

export interface UsagePlan {
  /** Tokens per second. */
  readonly rate: number;
  /** Capacity of the bucket, in tokens. */
  readonly burst: number;
}

/** model: the same plan for each operation of the Notifications API. */
const NOTIFICATIONS: UsagePlan = { rate: 1, burst: 5 };

/** model: the default plans, for one seller and application (orders_2026-01-01, sellers, reports_2021-06-30, notifications). */
export const DEFAULT_USAGE_PLANS: Readonly<Record<Operation, UsagePlan>> = {
  searchOrders: { rate: 0.0056, burst: 20 },
  getOrder: { rate: 0.5, burst: 30 },
  getMarketplaceParticipations: { rate: 0.016, burst: 15 },
  createReport: { rate: 0.0167, burst: 15 },
  getReport: { rate: 2, burst: 15 },
  getReportDocument: { rate: 0.0167, burst: 15 },
  getDestinations: NOTIFICATIONS,
  createDestination: NOTIFICATIONS,
  deleteDestination: NOTIFICATIONS,
  getSubscription: NOTIFICATIONS,
  createSubscription: NOTIFICATIONS,
  deleteSubscriptionById: NOTIFICATIONS,
  sendTestNotification: NOTIFICATIONS,
};

/** docs ("Usage Plans and Rate Limits"): tokens are added at the rate, up to the burst; each request takes one. */
export interface Bucket extends UsagePlan {
  readonly tokens: number;
  /** The instant for which `tokens` is right; epoch milliseconds. */
  readonly updatedAt: number;
}

/** Stores the buckets. All processes that call Amazon for the same seller must share one. */
export interface BucketStore {
  /**
   * Changes one operation's bucket atomically and resolves with `change`'s result; an unknown bucket is full. On a
   * conflict with another process `change` is called again with the newer bucket.
   */
  update<T>(operation: Operation, change: (bucket: Bucket) => { bucket: Bucket; result: T }): Promise<T>;
}

export function fullBucket(plan: UsagePlan, now: number): Bucket {
  return { ...plan, tokens: plan.burst, updatedAt: now };
}

/**
 * Returns the bucket with the tokens added until `now`. One with a later `updatedAt` is unchanged: two processes with
 * different clocks would otherwise add the difference again and again.
 */
export function refill(bucket: Bucket, now: number): Bucket {
  const ahead = bucket.updatedAt - now;
  if (ahead > MAX_CLOCK_SKEW_MS) return { ...bucket, updatedAt: now };
  if (ahead >= 0) return bucket;
  return { ...bucket, tokens: Math.min(bucket.burst, bucket.tokens + (-ahead / 1000) * bucket.rate), updatedAt: now };
}

/** Takes a token (`waitMs` 0), or returns in how many milliseconds the next one is available. */
export function take(bucket: Bucket, now: number): { bucket: Bucket; waitMs: number } {
  const filled = refill(bucket, now);
  if (filled.tokens >= 1) return { bucket: { ...filled, tokens: filled.tokens - 1 }, waitMs: 0 };
  const dueAt = filled.updatedAt + ((1 - filled.tokens) / filled.rate) * 1000;
  return { bucket: filled, waitMs: Math.max(1, Math.ceil(dueAt - now)) };
}

/** Requests per second; rates outside of these are ignored. */
const MIN_RATE = 1 / 86_400;
const MAX_RATE = 10_000;

/**
 * Parses `x-amzn-RateLimit-Limit` to requests per second; null if absent or not plausible.
 * docs: best effort, on 20x, 400 and 404 only; the burst is never sent.
 */
export function rateFromHeader(header: string | undefined): number | null {
  const rate = Number(header ?? Number.NaN);
  return rate >= MIN_RATE && rate <= MAX_RATE ? rate : null;
}

/** Changes the rate from `now` on. */
export function withRate(bucket: Bucket, rate: number, now: number): Bucket {
  return { ...refill(bucket, now), rate };
}

/** Empties the bucket: after a 429 a whole period passes before the next token. */
export function after429(bucket: Bucket, now: number): Bucket {
  return { ...refill(bucket, now), tokens: 0 };
}

/** Milliseconds between two tokens. */
export function periodMs(plan: UsagePlan): number {
  return 1000 / plan.rate;
}

/** The rate limit of one call: its operation's bucket, in the shared store. */
export interface RateLimit {
  /** Waits until there is a token and takes it. Rejects with the signal's reason when aborted. */
  takeToken(): Promise<void>;
  /** Updates the bucket from an answer's status and rate header. */
  update(status: number, rateHeader: string | undefined): Promise<void>;
  /** Milliseconds between two tokens; 0 before the first `takeToken`. */
  periodMs(): number;
}

export function createRateLimit(operation: Operation, buckets: BucketStore, clock: Clock, watch: CallWatch): RateLimit {
  let period = 0;
  let left: Bucket | undefined;
  const now = () => clock.now().getTime();

  return {
    async takeToken() {
      for (;;) {
        const waitMs = await buckets.update(operation, (bucket) => {
          // The call may have been aborted while it waited for the store.
          watch.signal.throwIfAborted();
          period = periodMs(bucket);
          const taken = take(bucket, now());
          left = taken.bucket;
          return { bucket: taken.bucket, result: taken.waitMs };
        });
        if (waitMs === 0) {
          if (left) watch.onQuota?.(operation, left);
          return;
        }
        await wait(waitMs, 'QUOTA', clock, watch);
      }
    },

    async update(status, rateHeader) {
      const sent = rateFromHeader(rateHeader);
      const newRate = sent !== null && 1000 / sent !== period ? sent : null;
      if (newRate === null && status !== 429) return;
      await buckets.update(operation, (bucket) => {
        const rated = newRate === null ? bucket : withRate(bucket, newRate, now());
        period = periodMs(rated);
        return { bucket: status === 429 ? after429(rated, now()) : rated, result: undefined };
      });
    },

    periodMs: () => period,
  };
}
