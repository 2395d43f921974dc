import type { Database } from '../../src/database/database.js';
import { random } from '../../src/simulator/random.js';
import type { FaultRule } from '../../src/simulator/simulator.js';
import { checkEquality } from './equality.js';
import { PLAIN_RUN, type Plan, type ReportStep, type RunStep, type Step } from './plan.js';
import { type Process, within } from './process.js';
import { NO_OBSERVER } from './process-database.js';
import { areTransient } from './random-faults.js';
import { checkReportRun, executeReportRun, prepareReports } from './report-run.js';
import { RunExecution, type RunResult } from './run-execution.js';
import { fingerprint } from './watchdog.js';
import { type Figures, World } from './world.js';

const SWEEP_MS = 48 * 3_600_000;
const DAY_MS = 24 * 3_600_000;

/** Plays a history. Returns the violations found, and a trace of all that happened. */
export async function playHistory(
  plan: Plan,
  database: Database,
  figures: Figures,
): Promise<{ violations: readonly string[]; trace: readonly string[] }> {
  const world = await World.open(plan, database, figures);
  try {
    const history = new History(world);
    for (const step of plan.steps) await history.take(step);
    await checkEquality(world, {
      run: (step, overlapMs) => history.run(step, overlapMs),
      readReports: (step) => history.readReports(step),
    });
  } catch (error) {
    world.violation(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    await world.close();
  }
  return world;
}

class History {
  readonly #world: World;
  #sweptAt: number | null = null;

  constructor(world: World) {
    this.#world = world;
  }

  async take(step: Step): Promise<void> {
    const { clock, book, database, listeners } = this.#world;
    switch (step.do) {
      case 'advance':
        clock.advance(step.ms);
        this.#world.note(`${step.ms / 60_000} minutes pass`);
        await listeners.idle();
        return;
      case 'change': {
        const dice = random(step.seed);
        for (const line of book.change(dice, step.count)) this.#world.note(line);
        if (dice.chance(0.3)) this.#world.note(await book.strip(dice, database));
        if (dice.chance(0.5)) this.#world.note(await book.distort(dice, database));
        return;
      }
      case 'connect':
        this.#world.connect(step.marketplaces);
        return;
      case 'resync':
        return this.#resync(step.seed, step.late);
      case 'listen':
        this.#world.note(`${step.deaths.length} processes read the queue`);
        return listeners.start(step.deaths);
      case 'run':
        // Another write would hide what a dry run changed.
        await (step.dryRun ? listeners.without(() => this.run(step)) : this.run(step));
        if (!listeners.wantsRun) return;
        listeners.wantsRun = false;
        this.#world.note('a process that reads the queue has asked for a run');
        await this.run({ ...PLAIN_RUN, trigger: 'SCHEDULE' });
        return;
      case 'history':
      case 'check':
        await this.readReports(step);
    }
  }

  /** Executes a run under these faults, and checks what must hold after any run. */
  async run(step: RunStep, overlapMs?: number): Promise<RunResult> {
    const world = this.#world;
    const { simulator, database, clock } = world;
    const { faults, quota } = step;
    const kinds = faults.map(describeFault).join(', ');
    world.note(
      `run: ${step.trigger}${step.dryRun ? ' dry' : ''}${step.includeItems ? ' with items' : ''}; faults: ${kinds || 'none'}` +
        (quota ? `; quota ${quota.rate}/s, ${quota.burst} at once` : ''),
    );
    if (quota)
      for (const operation of ['searchOrders', 'getOrder'] as const) simulator.usagePlans.set(operation, quota);
    for (const fault of [...faults, ...(world.plan.notifications?.queueFaults ?? [])]) simulator.faults.add(fault);
    const before = step.dryRun ? await fingerprint(database) : '';
    const reread = simulator.count('getOrder');
    const startedAt = clock.time();
    const { beside } = step;
    if (beside) prepareReports(world, beside);
    const api = await world.startProcess({ works: 'nothing', observer: NO_OBSERVER, ...(overlapMs && { overlapMs }) });
    const { dryRun, includeItems, trigger, processes } = step;
    const start = ({ engine }: Process) => engine.start({ dryRun, includeItems, trigger });
    const [result, besideResult] = await allOf(
      new RunExecution(world, api, { works: 'orders', start, dryRun, processes }).execute(),
      beside && executeReportRun(world, api, beside),
    );
    await world.closeProcess(api);
    await world.listeners.runEnded(result.run);
    simulator.faults.clear();
    simulator.reports.clear();
    simulator.usagePlans.off();
    if (besideResult) await checkReportRun(world, besideResult, true);
    this.#check(step, result, startedAt, simulator.count('getOrder') > reread);
    if (step.dryRun && before !== (await fingerprint(database))) world.violation('a dry run changed the tables');
    await world.look();
    return result;
  }

  /** Executes a run that reads reports. */
  async readReports(step: ReportStep): Promise<RunResult> {
    const world = this.#world;
    prepareReports(world, step);
    const api = await world.startProcess({ works: 'nothing', observer: NO_OBSERVER });
    const result = await executeReportRun(world, api, step);
    await world.closeProcess(api);
    world.simulator.faults.clear();
    world.simulator.reports.clear();
    await checkReportRun(world, result, false);
    await world.look();
    return result;
  }

  #check(step: RunStep, { run, cancelled, broken, calm }: RunResult, startedAt: number, reread: boolean): void {
    const world = this.#world;
    const { figures } = world;
    world.note(
      `run ${run.id}: ${run.status} ${run.errorCode ?? ''} pages ${run.pages}, seen ${run.ordersSeen} = ${run.ordersInserted} + ${run.ordersUpdated} + ${run.ordersUnchanged}, rejected ${run.ordersRejected}`,
    );
    figures.runs += 1;
    figures.pages += run.pages;
    figures.requests += run.requests;
    figures[run.status === 'OK' ? 'ok' : run.status === 'ERROR' ? 'error' : 'cancelled'] += 1;

    // A run beside it moves the clock, so that retries may take too long.
    const survives = step.beside ? step.faults.length === 0 : areTransient(step.faults);
    const must = !cancelled && !broken && survives;
    if (must && run.status !== 'OK') world.violation(`the run ended ${run.status}: ${run.error}`);
    if (run.status === 'CANCELLED' && !cancelled) world.violation('the run ended CANCELLED without a request');
    if (!broken && (run.errorCode === 'INTERNAL' || run.errorCode === 'INTERRUPTED'))
      world.violation(`the run ended in ${run.errorCode}: ${run.error}`);
    const refusable = step.faults.flatMap(({ fault }) =>
      fault.kind === 'forbid-marketplace' ? [fault.marketplaceId] : [],
    );
    const wronged = run.refusedMarketplaceIds.filter((id) => !refusable.includes(id));
    if (wronged.length > 0) world.violation(`the run names ${wronged} as refused, which Amazon did not refuse`);

    const sweeps = step.trigger === 'SCHEDULE' && (this.#sweptAt === null || startedAt - this.#sweptAt >= DAY_MS);
    if (sweeps && world.connected.length > 0 && run.updatedAfter.getTime() > startedAt - SWEEP_MS)
      world.violation(`a sweep was due, but the run read from ${run.updatedAfter.toISOString()}`);
    const isRead = run.status === 'OK' || run.refusedMarketplaceIds.length > 0;
    if (sweeps && isRead) this.#sweptAt = startedAt;

    if (run.status !== 'OK') return;
    const inWindow = this.#inWindow(run);
    const isCut = searchesOf(run).some(({ updatedBefore }) => updatedBefore !== undefined);
    if (calm && !step.beside && !isCut && step.faults.length === 0 && !reread && run.ordersSeen !== inWindow.length)
      world.violation(`the run saw ${run.ordersSeen} orders of ${inWindow.length} in its window`);
    if (step.dryRun || !step.includeItems) return;
    // The run has read the orders of its window that were hidden and are listed again.
    for (const { orderId } of inWindow)
      if ((world.book.hidden.get(orderId) ?? 0) <= startedAt) world.book.hidden.delete(orderId);
  }

  /** Returns the orders that the run's searches return, once for each search. */
  #inWindow(run: RunResult['run']) {
    const { book, clock } = this.#world;
    return searchesOf(run).flatMap((search) =>
      book.readable().filter(({ orderId, lastUpdatedTime, salesChannel }) => {
        const updated = Date.parse(lastUpdatedTime);
        if ((book.hidden.get(orderId) ?? 0) > clock.time()) return false;
        if (salesChannel.marketplaceId && !search.marketplaceIds.includes(salesChannel.marketplaceId)) return false;
        return (
          updated >= Date.parse(search.updatedAfter) &&
          updated <= Date.parse(search.updatedBefore ?? run.updatedBefore.toISOString())
        );
      }),
    );
  }

  async #resync(seed: number, late: boolean): Promise<void> {
    const world = this.#world;
    const order = world.book.pick(random(seed));
    if (!order) return;
    world.note(`resync ${order.orderId}${late ? ', saved late' : ''}`);
    let process: Process | null = null;
    // The first transaction takes quota, the second one saves the order.
    const at = async ({ place, transaction }: { place: string; transaction: number }) => {
      if (!late || place !== 'before' || transaction !== 2) return;
      world.book.touch(order.orderId);
      world.clock.advance(5 * 60_000);
      await this.run(PLAIN_RUN);
    };
    process = await world.startProcess({ works: 'nothing', observer: { ...NO_OBSERVER, at } });
    const resync = process.engine.resyncOrder(order.orderId).catch((error: Error) => {
      if (!/the quota for this call is used up/.test(error.message)) throw error;
      world.note('no quota to resync it with');
    });
    await within(resync, 'resyncOrder');
    await world.closeProcess(process);
    await world.look();
  }
}

/** Waits for both, also if one fails. */
async function allOf<A, B>(a: Promise<A>, b: Promise<B> | null): Promise<readonly [A, B | null]> {
  await Promise.allSettled([a, b]);
  return Promise.all([a, b]);
}

function searchesOf(run: RunResult['run']) {
  return run.legs as unknown as { marketplaceIds: string[]; updatedAfter: string; updatedBefore?: string }[];
}

function describeFault({ fault, operation, on, probability }: FaultRule): string {
  const when = on ? ` at ${on.from}×${on.count ?? 1}` : probability === undefined ? '' : ` p=${probability}`;
  return `${fault.kind}${operation ? ` of ${operation}` : ''}${when}`;
}
