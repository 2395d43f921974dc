import type { Database } from '../../src/database/database.js';
import { deleteOldOrders, readOrderRetention } from '../../src/mirror/write/order-retention.js';
import { random } from '../../src/simulator/random.js';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.js';
import { createVirtualClock, type VirtualClock } from '../helpers/virtual-clock.js';
import { emptyMirror } from '../helpers/with-sync.js';
import { Bookkeeper, MAX_BACKDATED_MS } from './bookkeeper.js';
import { ChangeFollower } from './change-watch.js';
import { Listeners } from './listeners.js';
import type { Plan } from './plan.js';
import { type Process, type ProcessOptions, startProcess } from './process.js';
import { brokenPromises, takeSteppedBack, takeViolations, unreadWindows } from './watchdog.js';
import { WebhookWatch } from './webhook-watch.js';

/** Totals over all histories, for the report. */
export interface Figures {
  runs: number;
  /** Runs of kinds HISTORY and CHECK. */
  reportRuns: number;
  ok: number;
  error: number;
  cancelled: number;
  pages: number;
  requests: number;
  /** Deaths, stops, stalls, lost databases and broken statements. */
  interruptions: number;
  orders: number;
  /** Notifications of changed orders, and deaths of processes that read them. */
  events: number;
  listenerDeaths: number;
}

/** The state of a history: database, simulated Amazon, clock, processes, and the violations found so far. */
export class World {
  readonly plan: Plan;
  readonly database: Database;
  readonly clock: VirtualClock;
  readonly simulator: Simulator;
  readonly book: Bookkeeper;
  readonly follower: ChangeFollower;
  /** In one history of four: it takes seconds. */
  readonly webhook: WebhookWatch | null;
  readonly figures: Figures;
  readonly listeners: Listeners;
  /** One line for each event. */
  readonly trace: string[] = [];
  readonly violations: string[] = [];
  readonly #processes = new Set<Process>();
  #connected: readonly string[];
  #started = 0;

  private constructor(
    plan: Plan,
    database: Database,
    clock: VirtualClock,
    simulator: Simulator,
    follower: ChangeFollower,
    webhook: WebhookWatch | null,
    figures: Figures,
  ) {
    this.plan = plan;
    this.database = database;
    this.clock = clock;
    this.simulator = simulator;
    this.follower = follower;
    this.webhook = webhook;
    this.figures = figures;
    this.book = new Bookkeeper(simulator);
    this.listeners = new Listeners(this);
    this.#connected = simulator.marketplaceIds.slice(0, plan.connected);
  }

  static async open(plan: Plan, database: Database, figures: Figures): Promise<World> {
    await emptyMirror(database);
    await database.query(
      'TRUNCATE chaos_violation, chaos_move, chaos_back, chaos_window, chaos_shown, chaos_change, report_window, check_finding, notified_order, received_notification',
    );
    await database.query(
      `INSERT INTO amazon_connection (region, status, marketplace_ids) VALUES ('NA', 'ACTIVE', $1::text[])`,
      [plan.marketplaceIds],
    );
    const clock = createVirtualClock('jumps');
    const simulator = await startSimulator({
      now: clock.time,
      orders: plan.orders,
      seed: plan.seed,
      maxPerPage: plan.maxPerPage,
      order: plan.order,
      marketplaceIds: plan.marketplaceIds,
      // Within the first windows of marketplaces that are connected later.
      ...(plan.createdWithinDays ? { createdWithinDays: plan.createdWithinDays } : { updatedWithinDays: 12 }),
      usagePlans: 'off',
    });
    if (plan.notifications) {
      simulator.notifications.subscribe();
      // A minute passes at once: a message may become visible while a process still works on it.
      const queue = simulator.queues.get('ordermirror-dead-letters');
      simulator.queues.get().settings.deadLetters = { queue, maxReceiveCount: 12 };
      for (const rule of plan.notifications.eventFaults) simulator.notifications.add(rule);
      simulator.book.lagGetOrder(plan.notifications.getOrderLagMs);
    }
    const follower = await ChangeFollower.start(database, plan.seed);
    const webhook = plan.seed % 4 === 1 ? await WebhookWatch.start(database, clock.now, plan.seed) : null;
    return new World(plan, database, clock, simulator, follower, webhook, figures);
  }

  get connected(): readonly string[] {
    return this.#connected;
  }

  connect(count: number): void {
    this.#connected = this.simulator.marketplaceIds.slice(0, count);
    this.note(`the connection has ${count} marketplaces`);
  }

  /** With CHAOS_TRACE the line is printed at once, to show where a history hangs. */
  note(line: string): void {
    const noted = `${this.clock.now().toISOString()} ${line}`;
    this.trace.push(noted);
    if (process.env.CHAOS_TRACE) process.stdout.write(`${noted}\n`);
  }

  violation(line: string): void {
    this.note(`VIOLATION: ${line}`);
    this.violations.push(line);
  }

  /** Collects the violations that the triggers recorded, and orders that a cursor or window proves but the mirror lacks. */
  async look(): Promise<void> {
    await this.#readRetention();
    const backdatedMs = (orderId: string) => (this.book.backdated.get(orderId)?.size ?? 0) * MAX_BACKDATED_MS;
    for (const line of await brokenPromises(this.database, this.book.listed(), backdatedMs)) this.violation(line);
    for (const line of await unreadWindows(this.database, this.book.listed())) this.violation(line);
    for (const line of await takeViolations(this.database)) this.violation(line);
    for (const { id, was, became } of await takeSteppedBack(this.database))
      if (!this.book.wasBackdated(id, became))
        this.violation(`order ${id}: ${was.toISOString()} was overwritten by ${became.toISOString()}`);
  }

  /** From when on orders must be in the mirror. Whatever is older must not stay: a process that died has deleted a part of it. */
  async #readRetention(): Promise<void> {
    this.book.keptFrom = (await readOrderRetention(this.database))?.keptFrom?.getTime() ?? 0;
  }

  /** Deletes what is too old, as an hour later. */
  async deleteOldOrders(): Promise<void> {
    const { keptMonths: months } = this.plan;
    if (months === null) return;
    const deleted = await deleteOldOrders(this.database, { months, now: this.clock.now() });
    await this.#readRetention();
    this.note(`${deleted} orders older than ${months} months were deleted`);
  }

  async startProcess(options: Pick<ProcessOptions, 'works' | 'observer'> & Partial<ProcessOptions>): Promise<Process> {
    const { database, simulator, clock } = this;
    this.#started += 1;
    const dice = random(this.plan.seed, 1000 + this.#started);
    const process = await startProcess({
      database,
      simulator,
      clock,
      marketplaceIds: () => this.#connected,
      random: () => dice.fraction(),
      keptMonths: this.plan.keptMonths,
      ...options,
    });
    this.#processes.add(process);
    return process;
  }

  async closeProcess(process: Process): Promise<void> {
    this.#processes.delete(process);
    await process.close();
  }

  async close(): Promise<void> {
    this.simulator.faults.clear();
    this.simulator.reports.clear();
    await this.listeners.close();
    this.figures.events += this.simulator.notifications.published.length;
    this.figures.listenerDeaths += this.listeners.deaths;
    for (const process of [...this.#processes]) {
      process.die();
      await this.closeProcess(process);
    }
    await this.follower.close();
    await this.webhook?.close();
    await this.simulator.close();
  }
}
