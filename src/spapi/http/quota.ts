import type { Clock } from '../../core/clock.js';
import type { CallWatch } from '../orders/order-source.js';
import { pause } from './pause.js';
import {
  after429,
  type Bucket,
  type Operation,
  periodMs,
  rateFromHeader,
  take,
  takeOverRate,
  type UsagePlanStore,
} from './usage-plan.js';

/** One call's dealings with its operation's bucket. */
export interface Quota {
  /** Waits until there is a token and takes it. Rejects with the signal's reason when aborted. */
  takeToken(): Promise<void>;
  /** Learns from an answer's status and rate header. */
  learn(status: number, rateHeader: string | undefined): Promise<void>;
  /** How long one token takes to drip in, in milliseconds, as far as known. */
  periodMs(): number;
}

export function createQuota(operation: Operation, plans: UsagePlanStore, clock: Clock, watch: CallWatch): Quota {
  let period = 0;
  let left: Bucket | undefined;
  const now = () => clock.now().getTime();

  return {
    async takeToken() {
      for (;;) {
        const waitMs = await plans.update(operation, (bucket) => {
          // It may have taken a while until the bucket's turn came: no token for a call that nobody wants any more.
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
        await pause(waitMs, 'QUOTA', clock, watch);
      }
    },

    async learn(status, rateHeader) {
      const told = rateFromHeader(rateHeader);
      const newRate = told !== null && 1000 / told !== period ? told : null;
      if (newRate === null && status !== 429) return;
      await plans.update(operation, (bucket) => {
        const rated = newRate === null ? bucket : takeOverRate(bucket, newRate, now());
        period = periodMs(rated);
        return { bucket: status === 429 ? after429(rated, now()) : rated, result: undefined };
      });
    },

    periodMs: () => period,
  };
}
