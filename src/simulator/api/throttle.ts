import { API_OPERATIONS, type ApiOperation, NOTIFICATION_OPERATIONS } from './operations.js';

/** A token bucket: `rate` tokens are added per second, up to `burst`. A rate of Infinity: no quota and no header. */
export interface UsagePlan {
  rate: number;
  burst: number;
}

/** All operations of the Notifications API have the same plan (model: notifications). */
const NOTIFICATION_PLANS = Object.fromEntries(
  NOTIFICATION_OPERATIONS.map((operation) => [operation, { rate: 1, burst: 5 }]),
) as Record<(typeof NOTIFICATION_OPERATIONS)[number], UsagePlan>;

/** Amazon's default plans (model: orders_2026-01-01, sellers and reports_2021-06-30). */
const DEFAULT_PLANS: Record<ApiOperation, UsagePlan> = {
  ...NOTIFICATION_PLANS,
  getMarketplaceParticipations: { rate: 0.016, burst: 15 },
  searchOrders: { rate: 0.0056, burst: 20 },
  getOrder: { rate: 0.5, burst: 30 },
  createReport: { rate: 0.0167, burst: 15 },
  getReport: { rate: 2, burst: 15 },
  getReportDocument: { rate: 0.0167, burst: 15 },
};

const NO_QUOTA: UsagePlan = { rate: Number.POSITIVE_INFINITY, burst: Number.POSITIVE_INFINITY };

interface Bucket extends UsagePlan {
  tokens: number;
  /** Milliseconds: the instant for which `tokens` is right. */
  at: number;
}

/** The usage plan of each operation, and its remaining tokens. */
export class UsagePlans {
  readonly #now: () => number;
  readonly #buckets = new Map<ApiOperation, Bucket>();

  constructor(now: () => number, plans: Partial<Record<ApiOperation, UsagePlan>> | 'off' = {}) {
    this.#now = now;
    for (const operation of API_OPERATIONS) {
      const plan = plans === 'off' ? NO_QUOTA : (plans[operation] ?? DEFAULT_PLANS[operation]);
      this.set(operation, plan);
    }
  }

  /** Returns the current plan. */
  get(operation: ApiOperation): UsagePlan {
    const { rate, burst } = this.#bucket(operation);
    return { rate, burst };
  }

  /** Changes a plan while the simulator runs; the bucket is full again. */
  set(operation: ApiOperation, plan: UsagePlan): void {
    this.#buckets.set(operation, { ...plan, tokens: plan.burst, at: this.#now() });
  }

  /** Removes the quota of all operations. */
  off(): void {
    for (const operation of API_OPERATIONS) this.set(operation, NO_QUOTA);
  }

  /** Takes one request from the bucket; false means 429. A refused request costs nothing. */
  take(operation: ApiOperation): boolean {
    const bucket = this.#bucket(operation);
    if (bucket.rate === Number.POSITIVE_INFINITY) return true;
    const now = this.#now();
    const dripped = (Math.max(0, now - bucket.at) / 1000) * bucket.rate;
    bucket.tokens = Math.min(bucket.burst, bucket.tokens + dripped);
    bucket.at = now;
    // Tolerates rounding: a wait of exactly 1/rate must be enough.
    if (bucket.tokens < 1 - 1e-9) return false;
    bucket.tokens = Math.max(0, bucket.tokens - 1);
    return true;
  }

  /** Returns the value of `x-amzn-RateLimit-Limit`; undefined without a quota. */
  header(operation: ApiOperation): string | undefined {
    const { rate } = this.#bucket(operation);
    return rate === Number.POSITIVE_INFINITY ? undefined : String(rate);
  }

  #bucket(operation: ApiOperation): Bucket {
    const bucket = this.#buckets.get(operation);
    if (bucket === undefined) throw new Error(`no usage plan for ${operation}`);
    return bucket;
  }
}
