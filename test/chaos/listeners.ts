import type { SavedConnection } from '../../src/connection/types.js';
import { type Clock, systemClock } from '../../src/core/clock.js';
import { UserError } from '../../src/core/errors.js';
import { createLogger } from '../../src/core/logger.js';
import type { SyncRun } from '../../src/generated/prisma/client.js';
import { createNotifications, type Notifications } from '../../src/notifications/notifications.js';
import type { Queue } from '../../src/notifications/queue.js';
import { openSqsQueue } from '../../src/notifications/sqs-queue.js';
import { createSpApi } from '../../src/spapi/spapi.js';
import { spApiOptions } from '../helpers/spapi-options.js';
import type { VirtualClock } from '../helpers/virtual-clock.js';
import type { ListenerDeath } from './plan.js';
import { within } from './process.js';
import { NO_OBSERVER, type Observer, ProcessDatabase } from './process-database.js';
import type { World } from './world.js';

const DAY_MS = 24 * 60 * 60_000;
const SELLER_ID = 'A3SIMULATED00';
const REQUEST_MS = 800;
const MAX_IDLE_MS = 300;
const MAX_SETTLE_MS = 1_000;

/** The processes that read the queue of notifications in a history. They never move the clock. */
export class Listeners {
  readonly #world: World;
  readonly #open = new Set<Notifications>();
  /** Restarts and ends that are under way. */
  readonly #pending = new Set<Promise<void>>();
  /** Compares what runs find with what was notified; it reads nothing. */
  #observer: Notifications | null = null;
  #deaths = 0;
  /** Whether one has asked for a run, since more orders wait than it can read. */
  wantsRun = false;

  constructor(world: World) {
    this.#world = world;
  }

  get deaths(): number {
    return this.#deaths;
  }

  /** Stops those that run, and starts one for each entry; it dies at the given transaction, and is started again. */
  async start(deaths: readonly (ListenerDeath | null)[]): Promise<void> {
    await this.stop();
    // An embedded database has one process.
    const most = this.#world.database.kind === 'pglite' ? 1 : deaths.length;
    for (const death of deaths.slice(0, most)) await this.#startOne(death);
  }

  /** Stops all, as a shutdown does. */
  async stop(): Promise<void> {
    while (this.#pending.size + this.#open.size > 0) {
      await Promise.all(this.#pending);
      for (const listener of [...this.#open]) await this.#close(listener);
    }
  }

  /** Stops them for as long as this work takes. */
  async without<T>(work: () => Promise<T>): Promise<T> {
    const count = this.#open.size;
    await this.stop();
    try {
      return await work();
    } finally {
      await this.start(Array.from({ length: count }, () => null));
    }
  }

  /** Tells of a run that has ended, as the process that executed it does. */
  async runEnded(run: SyncRun): Promise<void> {
    this.#observer ??= await this.#create(this.#world.database, { works: false });
    await this.#observer.runEnded(run);
  }

  /**
   * Waits until nothing is left to do at this instant: no message that is not stored, no order that may be read; or this
   * long in reality, since pauses after errors, and the messages of one that has died, end only when time passes.
   */
  async idle(ms = MAX_IDLE_MS): Promise<void> {
    const { simulator, database, clock } = this.#world;
    simulator.notifications.catchUp();
    const until = performance.now() + ms;
    while (this.#open.size + this.#pending.size > 0 && performance.now() < until) {
      // Read before the table: a message is deleted after its order is stored.
      const queue = simulator.queues.get();
      const isEmpty = queue.visible === 0 && !queue.bodies.some(isNotification);
      // With what has been refilled since the bucket was last used.
      const [row] = await database.query<{ due: number; quota: number | null }>(
        `SELECT count(*)::int AS due,
                (SELECT tokens + rate * extract(epoch FROM $1::timestamptz - updated_at)::float8
                   FROM usage_plan WHERE operation = 'getOrder') AS quota
           FROM notified_order WHERE next_try_at IS NULL OR next_try_at <= $1`,
        [clock.now()],
      );
      await Promise.all(this.#pending);
      const mayRead = row !== undefined && row.due > 0 && (row.quota === null || row.quota >= 1);
      if (!mayRead && isEmpty) return;
      await systemClock.sleep(5);
    }
  }

  /** Reads all that there is, however long it takes, with the queue's and the orders' pauses. */
  async settle(): Promise<void> {
    const world = this.#world;
    const { clock } = world;
    // What is late has come then.
    clock.advance(15 * 60_000);
    for (let round = 0; round < 40; round += 1) {
      await this.#lapseLostClaims();
      await this.idle(MAX_SETTLE_MS);
      if ((await this.#left()) === '') return;
      clock.advance(61_000);
    }
    world.violation(`after 40 minutes there is left: ${await this.#left()}`);
  }

  /** A statement of a process that died may claim orders after its claims have lapsed. Living ones renew theirs each 0.1 s. */
  async #lapseLostClaims(): Promise<void> {
    await this.#world.database.query(
      `UPDATE notified_order SET claimed_at = claimed_at - interval '30 days' WHERE amazon_order_id IN (
         SELECT amazon_order_id FROM notified_order
          WHERE claim IS NOT NULL AND claimed_at < now() - interval '3 seconds' FOR UPDATE SKIP LOCKED)`,
    );
  }

  async close(): Promise<void> {
    await this.stop();
    await this.#observer?.stop();
  }

  /** What is left in the queue and in the table; '' if nothing. */
  async #left(): Promise<string> {
    const { database, simulator } = this.#world;
    // Read before the table: a message is deleted after its order is stored.
    const messages = simulator.queues.get().bodies.map((body) => body.slice(0, 300));
    const rows = await database.query<{ id: string }>(
      `SELECT concat(amazon_order_id, ' ', attempts, ' ', next_try_at) AS id FROM notified_order`,
    );
    return [...rows.map(({ id }) => id), ...messages].join('; ');
  }

  async #startOne(death: ListenerDeath | null): Promise<void> {
    const world = this.#world;
    let dead = false;
    const observer: Observer = {
      ...NO_OBSERVER,
      at: async ({ place, transaction }) => {
        if (dead || death?.at !== transaction || death.place !== place) return;
        dead = true;
        database.die();
        this.#deaths += 1;
        world.note(`a process that reads the queue dies ${place} its transaction ${transaction}`);
        this.#track(started.then((listener) => this.#replace(listener)));
      },
    };
    const database = new ProcessDatabase(world.database, observer);
    const alive = () => {
      if (dead) throw new Error('The process has died.');
    };
    const started = this.#create(database, { works: true, alive });
    this.#open.add(await started);
  }

  /** The leases of a dead process lapse, and another is started in its place. */
  async #replace(listener: Notifications): Promise<void> {
    this.#open.delete(listener);
    await within(listener.stop(), 'a process that read the queue and has died');
    await this.#world.database.query(
      `UPDATE notified_order SET claimed_at = claimed_at - interval '30 days' WHERE claim IS NOT NULL`,
    );
    await this.#startOne(null);
  }

  async #close(listener: Notifications): Promise<void> {
    if (this.#open.delete(listener))
      await within(listener.stop(), 'a process that reads the queue, when it was stopped,');
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: Error) => this.#world.violation(`a listener was not started again: ${error.stack}`))
      .finally(() => this.#pending.delete(tracked));
    this.#pending.add(tracked);
  }

  async #create(
    database: ProcessDatabase | World['database'],
    { works, alive = () => {} }: { works: boolean; alive?: () => void },
  ): Promise<Notifications> {
    const world = this.#world;
    const { simulator } = world;
    const clock = standing(world.clock);
    const onLine = (line: string) => {
      const { msg } = JSON.parse(line) as { msg: string };
      if (/unexpected error/.test(msg) && !line.includes('died')) world.violation(`unexpected error: ${line}`);
    };
    const logger = createLogger({ level: 'warn', destination: { write: onLine } });
    const spapi = createSpApi({
      ...spApiOptions(simulator, { database, clock, logger }),
      limits: { requestMs: REQUEST_MS },
    });
    const connection = () =>
      ({
        status: 'ACTIVE',
        credential: {},
        sellerIdentifier: SELLER_ID,
        marketplaceIds: [...world.connected],
      }) as unknown as SavedConnection;
    const notifications = await createNotifications({
      database,
      clock,
      logger,
      connections: {
        read: async () => connection(),
        openSpApi: async () => spapi,
        recordCheck: async () => {},
      } as unknown as Parameters<typeof createNotifications>[0]['connections'],
      account: { mayRunOnSchedule: async () => true },
      engine: {
        start: async () => {
          this.wantsRun = true;
          throw new UserError('SYNC_ALREADY_RUNNING', 'The history starts it.');
        },
        nextSyncAt: () => null,
      },
      // Claims lapse when the history says so.
      settings: { heartbeatMs: 100, leaseMs: DAY_MS, overlapMs: 600_000, firstWindowMs: 30 * DAY_MS },
      includeItems: true,
      queueUrl: simulator.queueUrl,
      works,
      openQueue: async (url) => mortal(await openSqsQueue(url), alive),
    });
    return {
      ...notifications,
      stop: async () => {
        await notifications.stop();
        spapi.close();
      },
    };
  }
}

/** Whether it is a message that a process stores and deletes. */
export function isNotification(body: string): boolean {
  return body.startsWith('{') && body.includes('"NotificationType"');
}

/** A clock whose sleeps end when the history has moved its time that far. */
function standing(clock: VirtualClock): Clock {
  return {
    now: () => clock.now(),
    sleep: async (ms, signal) => {
      const until = clock.time() + ms;
      while (clock.time() < until) await systemClock.sleep(5, signal);
    },
  };
}

/** The queue of a process that may die: neither requests nor answers pass then. */
function mortal(queue: Queue, alive: () => void): Queue {
  const guarded =
    <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      alive();
      const result = await call(...args);
      alive();
      return result;
    };
  return {
    url: queue.url,
    receive: guarded(queue.receive),
    delete: guarded(queue.delete),
    extend: guarded(queue.extend),
    attributes: guarded(queue.attributes),
    countDeadLetters: guarded(queue.countDeadLetters),
    send: guarded(queue.send),
    close: () => queue.close(),
  };
}
