import { randomUUID } from 'node:crypto';
import type { Sealer } from '../connection/sealing.js';
import { SyncError } from '../core/errors.js';
import { reportExpiry } from './credential-expiring.js';
import {
  type ClaimedWebhook,
  claimWebhooks,
  deleteOldDeliveries,
  recordProblem,
  releaseAllWebhooks,
  releaseWebhooks,
  WEBHOOK_CHANGED,
  WEBHOOK_DUE,
} from './delivery-store.js';
import { EndpointSender, type SenderOptions } from './endpoint-sender.js';
import { openKeys } from './secrets.js';

export interface WebhookSenderOptions extends Omit<SenderOptions, 'claim'> {
  readonly sealer: Sealer;
  /** Between two renewals of the claims. */
  readonly heartbeatMs: number;
}

const HOURLY_MS = 60 * 60_000;
/** At a shutdown, requests may end within this time; the others are sent again by the next process. */
const GRACE_MS = 900;

/**
 * Sends to the webhooks that this process has claimed, each by an `EndpointSender`. Of several processes on a database one at
 * a time sends to a webhook; when it dies, another one takes over once its claim expires.
 */
export class WebhookSender {
  readonly #options: WebhookSenderOptions;
  readonly #claim = randomUUID();
  readonly #endpoints = new Map<bigint, EndpointSender>();
  readonly #stopListening: (() => void)[] = [];
  readonly #stops = new Set<Promise<void>>();
  /** Webhooks that this process stops sending to; their claims are released afterwards. */
  readonly #leaving = new Set<bigint>();
  /** Webhooks whose secret can't be opened, each logged once. */
  readonly #unreadable = new Set<bigint>();
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> | null = null;
  #isBeatWanted = false;
  #hourlyAt = Number.NEGATIVE_INFINITY;
  #isStopping = false;

  private constructor(options: WebhookSenderOptions) {
    this.#options = options;
  }

  static async open(options: WebhookSenderOptions): Promise<WebhookSender> {
    const sender = new WebhookSender(options);
    const { database, heartbeatMs } = options;
    // Only this process can use an embedded database: claims in it are those of a process that died.
    if (database.kind === 'pglite') await releaseAllWebhooks(database);
    sender.#stopListening.push(
      await database.notifications.listen(WEBHOOK_CHANGED, () => sender.#beat()),
      await database.notifications.listen(WEBHOOK_DUE, (payload) => sender.#onDue(payload)),
    );
    sender.#timer = setInterval(() => sender.#beat(), heartbeatMs).unref();
    sender.#beat();
    return sender;
  }

  /** Deliveries that wait for a retry or are being sent by this process. */
  get pending(): number {
    return [...this.#endpoints.values()].reduce((sum, { pending }) => sum + pending, 0);
  }

  /** Lets requests end for a moment, stores their results, and releases the webhooks to other processes. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#timer);
    for (const stop of this.#stopListening) stop();
    await this.#beating;
    const ids = [...this.#endpoints.keys()];
    for (const id of ids) void this.#stop(id, GRACE_MS);
    await Promise.all(this.#stops);
    if (ids.length > 0) await releaseWebhooks(this.#options.database, this.#claim, ids).catch(() => {});
  }

  /** Renews the claims and takes free webhooks; starts, changes and stops endpoints accordingly. */
  #beat(): void {
    if (this.#isStopping) return;
    if (this.#beating !== null) {
      this.#isBeatWanted = true;
      return;
    }
    this.#beating = this.#renew()
      .catch((err: unknown) => this.#options.logger.warn({ err }, 'Webhooks could not be claimed; trying again.'))
      .finally(() => {
        this.#beating = null;
        const isBeatWanted = this.#isBeatWanted;
        this.#isBeatWanted = false;
        if (isBeatWanted) this.#beat();
      });
  }

  async #renew(): Promise<void> {
    const { database, leaseMs, clock } = this.#options;
    const leaseUntil = performance.now() + leaseMs;
    const webhooks = await claimWebhooks(database, this.#claim, leaseMs);
    if (this.#isStopping) return;
    const claimed = new Set(webhooks.map(({ id }) => id));
    for (const id of [...this.#endpoints.keys()]) if (!claimed.has(id)) this.#leave(id, 0);
    for (const webhook of webhooks) if (!this.#leaving.has(webhook.id)) this.#keep(webhook, leaseUntil);
    if (performance.now() - this.#hourlyAt < HOURLY_MS) return;
    this.#hourlyAt = performance.now();
    await deleteOldDeliveries(database, clock.now());
    await reportExpiry(database, clock.now());
  }

  #keep(webhook: ClaimedWebhook, leaseUntil: number): void {
    const { database, sealer, clock, logger } = this.#options;
    const { id } = webhook;
    try {
      const keys = openKeys(sealer, webhook, clock.now());
      this.#unreadable.delete(id);
      const running = this.#endpoints.get(id);
      if (running?.update(webhook, keys, leaseUntil)) return;
      // It must have stored what it sent before another one reads the webhook's state.
      if (running) this.#leave(id, GRACE_MS);
      else this.#endpoints.set(id, this.#start(webhook, keys, leaseUntil));
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      this.#leave(id, 0);
      if (this.#unreadable.has(id)) return;
      logger.error({ webhookId: String(id), code: error.code }, error.message);
      void recordProblem(database, id, error.message, clock.now()).catch(() => {});
      this.#unreadable.add(id);
    }
  }

  #start(webhook: ClaimedWebhook, keys: readonly Buffer[], leaseUntil: number): EndpointSender {
    const endpoint: EndpointSender = new EndpointSender(
      { ...this.#options, claim: this.#claim },
      { webhook, keys, leaseUntil },
      () => {
        if (this.#endpoints.get(webhook.id) === endpoint) this.#endpoints.delete(webhook.id);
      },
    );
    return endpoint;
  }

  /** Stops sending to a webhook that was removed, changed, switched off or taken by another process, and releases it. */
  #leave(id: bigint, graceMs: number): void {
    const stopped = this.#stop(id, graceMs);
    if (stopped === null) return;
    this.#leaving.add(id);
    stopped
      .then(() => releaseWebhooks(this.#options.database, this.#claim, [id]))
      .catch(() => {})
      .finally(() => {
        this.#leaving.delete(id);
        this.#beat();
      });
  }

  #stop(id: bigint, graceMs: number): Promise<void> | null {
    const endpoint = this.#endpoints.get(id);
    if (!endpoint) return null;
    this.#endpoints.delete(id);
    const stopped = endpoint.stop(graceMs).finally(() => this.#stops.delete(stopped));
    this.#stops.add(stopped);
    return stopped;
  }

  /** @param payload an id, `7 resume`, empty for any webhook; null if notifications were lost */
  #onDue(payload: string | null): void {
    const [, id, resume] = /^(\d+)( resume)?$/.exec(payload ?? '') ?? [];
    for (const [webhookId, endpoint] of this.#endpoints)
      if (id === undefined || String(webhookId) === id) endpoint.wake(resume !== undefined);
    // A notification may have been lost before.
    if (payload === null) this.#beat();
  }
}
