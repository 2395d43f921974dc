import { setMaxListeners } from 'node:events';
import type { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../core/clock.js';
import { UserError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Tracer } from '../core/tracer.js';
import type { Database } from '../database/database.js';
import type { OrderChange } from '../generated/prisma/client.js';
import type { ChangeFeed } from '../mirror/read/change-feed.js';
import type { ChangePosition } from '../mirror/read/order-changes.js';
import type { AddressRules } from './address.js';
import { DeliveryLog, WebhookLostError } from './delivery-log.js';
import { DeliveryQueue, type QueuedDelivery } from './delivery-queue.js';
import {
  type ClaimedWebhook,
  type DeliveryRecord,
  deliveryOf,
  readPending,
  readStoredAfter,
} from './delivery-store.js';
import { EndpointState } from './endpoint-state.js';
import { type Attempt, agentFor } from './post.js';
import type { RetryPlan } from './retry.js';
import { sendDelivery } from './send-delivery.js';

/** What all endpoints of a process share. */
export interface SenderOptions {
  readonly database: Database;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Names this process in the column `claim`. */
  readonly claim: string;
  readonly leaseMs: number;
  readonly plan: RetryPlan;
  readonly rules: AddressRules;
  readonly timeoutMs: number;
  readonly userAgent: string;
  readonly tracer?: Tracer;
  readonly onAttempt?: (result: 'delivered' | 'failed' | 'given_up') => void;
}

const MAX_IN_FLIGHT = 16;
/** Changes that are read ahead of the requests. */
const MAX_READY = 256;
/** Deliveries in memory, most of them to be tried again: a kilobyte each. Beyond, the endpoint's changes wait. */
const MAX_QUEUED = 10_000;
/** Results are stored together: 20 to 50 statements a second at any rate. */
const STORE_EVERY_MS = 20;
const GIVEN_UP = 'Not delivered within three days.';
const NOT_KEPT = 'The change is no longer kept (RETENTION_CHANGES_DAYS).';

/**
 * Sends to one webhook, as long as this process has its claim: what is in the table to be sent, and each change after its
 * cursor. Ends by itself if the claim is lost, the database fails or the endpoint is switched off.
 */
export class EndpointSender {
  readonly #options: SenderOptions;
  readonly #queue = new DeliveryQueue();
  readonly #log: DeliveryLog;
  readonly #state: EndpointState;
  readonly #onEnd: () => void;
  readonly #requests = new Set<Promise<void>>();
  /** Ends the reading of changes. */
  readonly #reading = new AbortController();
  /** Ends requests. */
  readonly #sending = new AbortController();
  #webhook: ClaimedWebhook;
  #url: URL;
  #agent: Agent;
  #keys: readonly Buffer[];
  /** By `performance.now()`. */
  #leaseUntil: number;
  #isStoreDue = false;
  #lastWork: Promise<unknown> = Promise.resolve();
  #hasEnded = false;
  #wakeAt = Number.POSITIVE_INFINITY;
  #sleep = new AbortController();
  #onRoom: (() => void) | null = null;

  constructor(
    options: SenderOptions,
    claimed: { readonly webhook: ClaimedWebhook; readonly keys: readonly Buffer[]; readonly leaseUntil: number },
    onEnd: () => void,
  ) {
    this.#options = options;
    this.#webhook = claimed.webhook;
    this.#keys = claimed.keys;
    this.#leaseUntil = claimed.leaseUntil;
    this.#url = new URL(claimed.webhook.url);
    this.#agent = agentFor(this.#url, MAX_IN_FLIGHT);
    this.#state = new EndpointState(claimed.webhook, options.plan);
    const { database, clock, claim, leaseMs } = options;
    this.#log = new DeliveryLog({
      ...{ database, clock, claim, leaseMs, webhookId: claimed.webhook.id },
      ...{ followsChanges: followsChanges(claimed.webhook), cursor: cursorOf(claimed.webhook) },
    });
    this.#onEnd = onEnd;
    setMaxListeners(MAX_IN_FLIGHT + 1, this.#sending.signal);
    this.#reading.signal.addEventListener('abort', () => this.#onRoom?.(), { once: true });
    void this.#run();
  }

  /** Deliveries that are not done, of those that were read. */
  get pending(): number {
    return this.#queue.size;
  }

  /** Takes over a changed webhook and a renewed claim. @returns false if it has to be started anew */
  update(webhook: ClaimedWebhook, keys: readonly Buffer[], leaseUntil: number): boolean {
    this.#leaseUntil = leaseUntil;
    this.#keys = keys;
    if (followsChanges(webhook) !== followsChanges(this.#webhook)) return false;
    if (webhook.url !== this.#webhook.url) {
      this.#url = new URL(webhook.url);
      this.#agent.destroy();
      this.#agent = agentFor(this.#url, MAX_IN_FLIGHT);
    }
    // Failures of another address, or of another secret, say nothing about this one.
    if (webhook.url !== this.#webhook.url || webhook.secretSealed !== this.#webhook.secretSealed) {
      this.#state.reset();
      this.#queue.makeAllDue(this.#now());
    }
    this.#webhook = webhook;
    this.#pump();
    return true;
  }

  /** Reads rows that were added or made due. @param resume ends a pause of the endpoint, and makes all deliveries due */
  wake(resume: boolean): void {
    if (resume) {
      this.#state.resume();
      this.#queue.makeAllDue(this.#now());
    }
    void this.#guarded(() => this.#exclusively(() => this.#loadRows())).then(() => this.#pump());
  }

  /** Waits for requests for a while, ends the others, and stores the results. Those without one are sent again. */
  async stop(graceMs: number): Promise<void> {
    this.#hasEnded = true;
    this.#reading.abort();
    this.#sleep.abort();
    const grace = new AbortController();
    const late = delay(graceMs, undefined, { signal: grace.signal }).catch(() => {});
    await Promise.race([Promise.all(this.#requests), late]);
    grace.abort();
    this.#sending.abort(new Error('The webhook is being stopped.'));
    await Promise.all(this.#requests);
    await this.#exclusively(() => this.#store()).catch(() => {});
    this.#agent.destroy();
  }

  async #run(): Promise<void> {
    await this.#guarded(async () => {
      await this.#exclusively(() => this.#loadRows());
      this.#pump();
      if (followsChanges(this.#webhook)) await this.#followChanges(this.#reading.signal);
    });
  }

  async #followChanges(signal: AbortSignal): Promise<void> {
    const { database, feed, logger } = this.#options;
    let after: ChangePosition | null = cursorOf(this.#webhook);
    const stored = await readStoredAfter(database, this.#webhook.id, after?.id ?? 0n);
    while (!signal.aborted) {
      try {
        for await (const change of feed.follow({ after, kinds: null }, signal)) {
          after = change;
          if (stored.delete(change.id)) this.#log.readStored(change);
          else this.#offer(change);
          await this.#room(signal);
        }
      } catch (error) {
        if (!(error instanceof UserError) || error.code !== 'CURSOR_EXPIRED') throw error;
        logger.warn(
          this.#about(),
          'Changes were deleted before they could be sent to a webhook; it goes on with the rest.',
        );
        after = null;
      }
    }
  }

  #offer(change: OrderChange): void {
    const delivery = deliveryOf(change);
    const now = this.#now();
    this.#log.read(delivery, change);
    if (this.#isTooOld(delivery, now)) {
      this.#giveUp(delivery, GIVEN_UP);
      return;
    }
    if (this.#queue.add(delivery, now)) this.#log.waits(delivery);
    this.#storeSoon();
    this.#pump();
  }

  /** Resolves when more changes may be read. */
  async #room(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#hasRoom()) {
      await new Promise<void>((resolve) => {
        this.#onRoom = resolve;
      });
    }
  }

  #hasRoom(): boolean {
    const { ready, inFlight, size } = this.#queue;
    return ready + inFlight < MAX_READY && size < MAX_QUEUED && this.#log.hasRoom;
  }

  /** Sends what is due, as many at once as the endpoint's state allows, and wakes again when more is. */
  #pump(): void {
    if (this.#hasEnded) return;
    const now = this.#now();
    const atOnce = this.#state.isDown ? 1 : MAX_IN_FLIGHT;
    while (this.#queue.inFlight < atOnce && !this.#state.isPaused(now) && performance.now() < this.#leaseUntil) {
      const delivery = this.#queue.take(now);
      if (!delivery) break;
      if (this.#isTooOld(delivery, now)) {
        this.#queue.settle(delivery, null, now);
        this.#giveUp(delivery, GIVEN_UP);
        continue;
      }
      const request = this.#attempt(delivery).finally(() => this.#requests.delete(request));
      this.#requests.add(request);
    }
    if (this.#onRoom && this.#hasRoom()) {
      this.#onRoom();
      this.#onRoom = null;
    }
    this.#sleepUntil(
      Math.max(
        this.#queue.ready > 0 ? now : (this.#queue.nextDueAt ?? Number.POSITIVE_INFINITY),
        this.#state.pausedUntil,
      ),
      now,
    );
  }

  /** Pumps again at an instant, unless there is an earlier one. */
  #sleepUntil(at: number, now: number): void {
    if (at <= now || at === Number.POSITIVE_INFINITY || at >= this.#wakeAt) return;
    this.#sleep.abort();
    const sleep = new AbortController();
    this.#sleep = sleep;
    this.#wakeAt = at;
    this.#options.clock.sleep(at - now, sleep.signal).then(
      () => {
        if (this.#sleep === sleep) this.#wakeAt = Number.POSITIVE_INFINITY;
        this.#pump();
      },
      () => {},
    );
  }

  async #attempt(delivery: QueuedDelivery): Promise<void> {
    const { clock, rules, timeoutMs, userAgent, tracer } = this.#options;
    const at = clock.now();
    const attempt = await sendDelivery({
      ...{ delivery, webhookId: this.#webhook.id, url: this.#url, keys: this.#keys, agent: this.#agent },
      ...{ rules, timeoutMs, userAgent, tracer, at, signal: this.#sending.signal },
    });
    // Ended: the next process sends it.
    if (attempt) this.#settle(delivery, attempt, at);
  }

  #settle(delivery: QueuedDelivery, { ok, status, error, durationMs, retryAfter }: Attempt, at: Date): void {
    const now = this.#now();
    const attempt = { at, status, durationMs };
    delivery.attempts += 1;
    if (ok) {
      this.#queue.settle(delivery, null, now);
      if (this.#state.succeeded(now)) this.#queue.makeAllDue(now);
      this.#done({ delivery, state: 'DELIVERED', attempt, error: null }, 'delivered');
    } else {
      const retryAt = this.#state.failed({ status, error, retryAfter }, delivery.attempts, now);
      if (retryAt >= delivery.retryFrom.getTime() + this.#options.plan.giveUpAfter) {
        this.#queue.settle(delivery, null, now);
        this.#done({ delivery, state: 'FAILED', attempt, error }, 'given_up');
      } else {
        const heldBack = this.#queue.settle(delivery, retryAt, now);
        this.#record({ delivery, state: 'PENDING', attempt, error });
        for (const later of heldBack) this.#log.waits(later);
        this.#options.onAttempt?.('failed');
      }
    }
    this.#pump();
  }

  #giveUp(delivery: QueuedDelivery, error: string): void {
    this.#done({ delivery, state: 'FAILED', attempt: null, error }, 'given_up');
  }

  #done(record: DeliveryRecord, result: 'delivered' | 'given_up'): void {
    const { delivery, error } = record;
    if (result === 'given_up') {
      const { messageId, type, attempts } = delivery;
      this.#options.logger.warn(
        { ...this.#about(), messageId, type, attempts, error },
        'A webhook delivery was given up.',
      );
    }
    this.#options.onAttempt?.(result);
    this.#record(record);
  }

  #record(record: DeliveryRecord): void {
    this.#log.add(record);
    this.#storeSoon();
  }

  /** Stores what was noted, with what is noted in the next moment. */
  #storeSoon(): void {
    if (this.#isStoreDue) return;
    this.#isStoreDue = true;
    void delay(STORE_EVERY_MS)
      .then(() => {
        this.#isStoreDue = false;
        return this.#guarded(() => this.#exclusively(() => this.#store()));
      })
      .then(() => this.#pump());
  }

  async #store(): Promise<void> {
    const { leaseMs, logger } = this.#options;
    const sentAt = performance.now();
    const health = this.#state.health();
    if (!(await this.#log.store(health))) return;
    this.#leaseUntil = Math.max(this.#leaseUntil, sentAt + leaseMs);
    if (health.disabledReason === null) return;
    logger.warn({ ...this.#about(), reason: health.disabledReason }, 'A webhook was switched off.');
    this.#end();
  }

  async #loadRows(): Promise<void> {
    const now = this.#now();
    for (const row of await readPending(this.#options.database, this.#webhook.id)) {
      const delivery = 'lost' in row ? row.lost : row;
      if (delivery.rowId === null || this.#log.isKnownRow(delivery.rowId)) continue;
      if ('lost' in row) this.#giveUp(delivery, NOT_KEPT);
      else this.#queue.add(delivery, now);
    }
  }

  /** Runs work on the database after that before it, so that no row is read while its delivery is being stored. */
  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#lastWork.then(work);
    this.#lastWork = done.catch(() => {});
    return done;
  }

  /** Ends the sender if work fails; it is started anew by the next claim. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (err) {
      if (this.#hasEnded) return;
      if (err instanceof WebhookLostError)
        this.#options.logger.info(this.#about(), 'Another process sends to a webhook now.');
      else this.#options.logger.warn({ ...this.#about(), err }, 'Sending to a webhook was interrupted; trying again.');
      this.#end();
    }
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#reading.abort();
    this.#sleep.abort();
    this.#sending.abort(new Error('The webhook has ended.'));
    this.#agent.destroy();
    this.#onEnd();
  }

  #isTooOld({ retryFrom }: QueuedDelivery, now: number): boolean {
    return now >= retryFrom.getTime() + this.#options.plan.giveUpAfter;
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }

  #about() {
    return { webhookId: String(this.#webhook.id) };
  }
}

function followsChanges({ events }: ClaimedWebhook): boolean {
  return events.includes('order.changed');
}

function cursorOf({ cursorId, cursorAt }: ClaimedWebhook): ChangePosition | null {
  return cursorId === null || cursorAt === null ? null : { id: cursorId, at: cursorAt };
}
