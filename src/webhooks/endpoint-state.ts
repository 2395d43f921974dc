import type { ClaimedWebhook, EndpointHealth } from './delivery-store.js';
import { pauseAfter, type RetryPlan, retryAfterMs } from './retry.js';

interface Failure {
  readonly status: number | null;
  readonly error: string | null;
  readonly retryAfter: string | undefined;
}

/** Whether an endpoint works: decides when it pauses as a whole, and when it is switched off. Instants are epoch milliseconds. */
export class EndpointState {
  readonly #plan: RetryPlan;
  readonly #random: () => number;
  #failures: number;
  #failingSince: number | null;
  #pauseLevel: number;
  #pausedUntil: number;
  #lastError: string | null = null;
  #lastSuccessAt: number | null = null;
  #disabledReason: string | null = null;

  constructor(
    stored: Pick<ClaimedWebhook, 'failures' | 'failingSince' | 'pauseLevel' | 'pausedUntil'>,
    plan: RetryPlan,
    random: () => number = Math.random,
  ) {
    this.#plan = plan;
    this.#random = random;
    this.#failures = stored.failures;
    this.#failingSince = stored.failingSince?.getTime() ?? null;
    this.#pauseLevel = stored.pauseLevel;
    this.#pausedUntil = stored.pausedUntil?.getTime() ?? 0;
  }

  /** Whether it failed several times in a row: then it is tried with one delivery at a time. */
  get isDown(): boolean {
    return this.#pauseLevel > 0;
  }

  get pausedUntil(): number {
    return this.#disabledReason === null ? this.#pausedUntil : Number.POSITIVE_INFINITY;
  }

  isPaused(now: number): boolean {
    return now < this.pausedUntil;
  }

  /** Records a success. @returns whether it ends a pause, so that other deliveries need not wait for their time */
  succeeded(now: number): boolean {
    const wasDown = this.isDown;
    this.#failures = 0;
    this.#failingSince = null;
    this.#pauseLevel = 0;
    this.#pausedUntil = 0;
    this.#lastError = null;
    this.#lastSuccessAt = now;
    return wasDown;
  }

  /** Records a failure. @returns when the delivery is due again; after 410 as soon as the webhook is enabled again */
  failed({ status, error, retryAfter }: Failure, attempts: number, now: number): number {
    this.#failures += 1;
    this.#failingSince ??= now;
    this.#lastError = error;
    if (status === 410) {
      this.#disabledReason = 'The receiver answered 410 (Gone).';
      return now;
    }
    if (now - this.#failingSince >= this.#plan.disableAfter)
      this.#disabledReason = 'Every delivery has failed for five days.';
    // Requests that were under way when the pause began don't lengthen it.
    if (!this.isPaused(now) && this.#failures >= this.#plan.failuresBeforePause) {
      this.#pauseLevel += 1;
      this.#pausedUntil = now + pauseAfter(this.#plan.endpointPauses, this.#pauseLevel, this.#random());
    }
    const asked = status === 429 || status === 503 ? retryAfterMs(retryAfter, new Date(now)) : null;
    if (asked === null) return now + pauseAfter(this.#plan.pauses, attempts, this.#random());
    this.#pausedUntil = Math.max(this.#pausedUntil, now + asked);
    return now + asked;
  }

  /** Ends a pause. */
  resume(): void {
    this.#pauseLevel = 0;
    this.#pausedUntil = 0;
  }

  /** Forgets all failures. */
  reset(): void {
    this.#failures = 0;
    this.#failingSince = null;
    this.#lastError = null;
    this.resume();
  }

  health(): EndpointHealth {
    const dateOf = (time: number | null) => (time === null ? null : new Date(time));
    return {
      failures: this.#failures,
      failingSince: dateOf(this.#failingSince),
      pauseLevel: this.#pauseLevel,
      pausedUntil: this.#pausedUntil === 0 ? null : new Date(this.#pausedUntil),
      lastError: this.#lastError,
      lastSuccessAt: dateOf(this.#lastSuccessAt),
      disabledReason: this.#disabledReason,
    };
  }
}
