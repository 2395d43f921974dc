import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSealer } from '../../src/connection/sealing.js';
import type { Clock } from '../../src/core/clock.js';
import { encodeGlobalId } from '../../src/core/global-id.js';
import { createLogger } from '../../src/core/logger.js';
import type { Database } from '../../src/database/database.js';
import { ChangeFeed } from '../../src/mirror/read/change-feed.js';
import { type Random, random } from '../../src/simulator/random.js';
import { sealSecret } from '../../src/webhooks/secrets.js';
import { newSecret } from '../../src/webhooks/signature.js';
import { WebhookSender } from '../../src/webhooks/webhook-sender.js';
import { within } from './process.js';
import { NO_OBSERVER, ProcessDatabase } from './process-database.js';

const sealer = createSealer([Buffer.alloc(32, 7)]);
const logger = createLogger({ level: 'silent' });
const NEVER = Number.MAX_SAFE_INTEGER;
/** Never given up, and tried again after milliseconds: the clock of a history jumps by days. */
const PLAN = {
  pauses: [1, 5],
  giveUpAfter: NEVER,
  failuresBeforePause: 4,
  endpointPauses: [5, 10],
  disableAfter: NEVER,
};
const TIMEOUT_MS = 200;
const LEASE_MS = 1_200;

/**
 * A webhook for all changes, whose receiver fails at random, and whose sender is killed or stopped at random and started
 * again as another process. Afterwards each change has arrived, in order for each order.
 */
export class WebhookWatch {
  readonly #database: Database;
  readonly #now: () => Date;
  readonly #dice: Random;
  readonly #receiver: Server;
  /** In the order of their first arrival, by order. */
  readonly #arrived = new Map<string, string[]>();
  /** Requests until the sender ends next. */
  #left: number;
  #sender: { stop(): Promise<void>; readonly isDead: () => boolean } | null = null;
  #restart: Promise<void> = Promise.resolve();
  #isCalm = false;
  #isClosed = false;

  private constructor(database: Database, now: () => Date, seed: number) {
    this.#database = database;
    this.#now = now;
    this.#dice = random(seed, 23);
    this.#left = this.#dice.int(1, 30);
    this.#receiver = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request.setEncoding('utf8')) text += chunk;
      this.#receive(JSON.parse(text).data, response);
    });
  }

  static async start(database: Database, now: () => Date, seed: number): Promise<WebhookWatch> {
    const watch = new WebhookWatch(database, now, seed);
    await new Promise<void>((resolve) => watch.#receiver.listen(0, '127.0.0.1', resolve));
    const { port } = watch.#receiver.address() as AddressInfo;
    await database.query('DELETE FROM webhook');
    await database.query(`INSERT INTO webhook (id, url, events, secret_sealed) VALUES (1, $1, '{order.changed}', $2)`, [
      `http://127.0.0.1:${port}/`,
      sealSecret(sealer, 1n, newSecret()),
    ]);
    await watch.#begin();
    return watch;
  }

  /** Waits until all changes have been delivered. Returns how what arrived differs from the table. */
  async differences(): Promise<string[]> {
    this.#isCalm = true;
    await within(this.#untilDelivered(), 'the webhook');
    const rows = await this.#database.query<{ id: bigint; orderId: string }>(
      'SELECT id, amazon_order_id AS "orderId" FROM order_change ORDER BY id',
    );
    const expected = new Map<string, string[]>();
    for (const { id, orderId } of rows)
      expected.set(orderId, [...(expected.get(orderId) ?? []), encodeGlobalId('OrderChange', id)]);
    return [...new Set([...expected.keys(), ...this.#arrived.keys()])].flatMap((orderId) => {
      const [was, should] = [this.#arrived.get(orderId)?.join(), expected.get(orderId)?.join()];
      return was === should ? [] : [`the webhook received ${was} of order ${orderId}, expected ${should}`];
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#restart;
    await this.#sender?.stop();
    this.#receiver.closeAllConnections();
    await new Promise((resolve) => this.#receiver.close(resolve));
  }

  #receive({ id, amazonOrderId }: { id: string; amazonOrderId: string }, response: ServerResponse): void {
    // The requests of a process that has died don't arrive.
    if (this.#sender?.isDead()) return void response.destroy();
    const fate = this.#isCalm ? 1 : this.#dice.fraction();
    if (fate >= 0.05) {
      const ids = this.#arrived.get(amazonOrderId) ?? [];
      if (!ids.includes(id)) this.#arrived.set(amazonOrderId, [...ids, id]);
    }
    if (fate < 0.05) response.destroy();
    else if (fate < 0.07) setTimeout(() => response.writeHead(204).end(), 2 * TIMEOUT_MS);
    else if (fate < 0.15) response.writeHead(500).end();
    else if (fate < 0.2) response.writeHead(429, { 'retry-after': '0' }).end();
    else if (fate < 0.25) response.destroy();
    else response.writeHead(204).end();
    this.#left -= 1;
    if (this.#left > 0 || this.#isCalm) return;
    this.#left = this.#dice.int(20, 120);
    this.#restart = this.#restart.then(() => this.#replace());
  }

  async #replace(): Promise<void> {
    if (this.#isClosed) return;
    await this.#sender?.stop();
    await this.#begin();
  }

  /** Starts a process that sends, and decides how it will end. */
  async #begin(): Promise<void> {
    const database = new ProcessDatabase(this.#database, NO_OBSERVER);
    const feed = await ChangeFeed.open(database);
    const clock: Clock = {
      // The clock of a history stands still between its jumps.
      now: () => new Date(this.#now().getTime() + performance.now()),
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          const timer = setTimeout(resolve, Math.min(ms, 10));
          signal?.addEventListener('abort', () => clearTimeout(timer), { once: true });
        }),
    };
    const sender = await WebhookSender.open({
      ...{ database, feed, clock, logger, sealer, plan: PLAN, rules: { allowPrivate: true }, timeoutMs: TIMEOUT_MS },
      ...{ userAgent: 'Ordermirror/chaos', heartbeatMs: LEASE_MS / 4, leaseMs: LEASE_MS },
    });
    const isKilled = this.#dice.chance(0.6);
    let isDead = false;
    this.#sender = {
      isDead: () => isDead,
      stop: async () => {
        isDead = isKilled;
        if (isKilled) database.die();
        await sender.stop();
        feed.close();
      },
    };
  }

  async #untilDelivered(): Promise<void> {
    await this.#restart;
    for (;;) {
      const [row] = await this.#database.query<{ left: number }>(
        // Rows of what was delivered are deleted after days, which pass in a history.
        `SELECT ((SELECT count(*) FROM order_change c, webhook w WHERE c.id > coalesce(w.cursor_id, 0))
               + (SELECT count(*) FROM webhook_delivery WHERE state <> 'DELIVERED'))::int AS left`,
      );
      if (row?.left === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
