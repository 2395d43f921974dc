import type { Database } from '../../src/database/database.js';
import { random } from '../../src/simulator/random.js';
import type { FaultRule } from '../../src/simulator/simulator.js';
import { demandEquality } from './equality.js';
import { IDLE } from './mortal-database.js';
import { PLAIN_RUN, type Plan, type RunStep, type Step } from './plan.js';
import { type Process, within } from './process.js';
import { arePassing } from './random-faults.js';
import { RunStory, type Story } from './run-story.js';
import { fingerprint } from './watchdog.js';
import { type Figures, World } from './world.js';

const SWEEP_MS = 48 * 3_600_000;
const DAY_MS = 24 * 3_600_000;

/** Plays a history to its end. Returns what must not have happened, and all that did. */
export async function playHistory(
  plan: Plan,
  database: Database,
  figures: Figures,
): Promise<{ troubles: readonly string[]; trace: readonly string[] }> {
  const world = await World.open(plan, database, figures);
  try {
    const history = new History(world);
    for (const step of plan.steps) await history.take(step);
    await demandEquality(world, (step, overlapMs) => history.run(step, overlapMs));
  } catch (error) {
    world.trouble(error instanceof Error ? (error.stack ?? error.message) : String(error));
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
    const { clock, book, database } = this.#world;
    switch (step.do) {
      case 'live':
        clock.advance(step.ms);
        this.#world.note(`${step.ms / 60_000} minutes go by`);
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
      case 'run':
        await this.run(step);
    }
  }

  /** A run under these faults, to its end; then all that must hold whatever befell it. */
  async run(step: RunStep, overlapMs?: number): Promise<Story> {
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
    for (const fault of faults) simulator.faults.add(fault);
    const before = step.dryRun ? await fingerprint(database) : '';
    const reread = simulator.count('getOrder');
    const startedAt = clock.time();
    const api = await world.startProcess({ works: false, witness: IDLE, ...(overlapMs && { overlapMs }) });
    const story = await new RunStory(world, api, step).tell();
    await world.closeProcess(api);
    simulator.faults.clear();
    simulator.usagePlans.off();
    this.#judge(step, story, startedAt, simulator.count('getOrder') > reread);
    if (step.dryRun && before !== (await fingerprint(database))) world.trouble('a dry run changed the tables');
    await world.look();
    return story;
  }

  #judge(step: RunStep, { run, cancelled, broken, calm }: Story, startedAt: number, reread: boolean): void {
    const world = this.#world;
    const { figures } = world;
    world.note(
      `run ${run.id}: ${run.status} ${run.errorCode ?? ''} pages ${run.pages}, seen ${run.ordersSeen} = ${run.ordersInserted} + ${run.ordersUpdated} + ${run.ordersUnchanged}, aside ${run.ordersRejected}`,
    );
    figures.runs += 1;
    figures.pages += run.pages;
    figures.requests += run.requests;
    figures[run.status === 'OK' ? 'ok' : run.status === 'ERROR' ? 'error' : 'cancelled'] += 1;

    const must = !cancelled && !broken && arePassing(step.faults);
    if (must && run.status !== 'OK') world.trouble(`the run ended ${run.status}: ${run.error}`);
    if (run.status === 'CANCELLED' && !cancelled) world.trouble('the run was cancelled by nobody');
    if (!broken && (run.errorCode === 'INTERNAL' || run.errorCode === 'INTERRUPTED'))
      world.trouble(`the run ended in ${run.errorCode}: ${run.error}`);
    const refusable = step.faults.flatMap(({ fault }) =>
      fault.kind === 'forbid-marketplace' ? [fault.marketplaceId] : [],
    );
    const wronged = run.refusedMarketplaceIds.filter((id) => !refusable.includes(id));
    if (wronged.length > 0) world.trouble(`the run names ${wronged} as refused, which Amazon did not refuse`);

    const sweeps = step.trigger === 'SCHEDULE' && (this.#sweptAt === null || startedAt - this.#sweptAt >= DAY_MS);
    if (sweeps && world.connected.length > 0 && run.updatedAfter.getTime() > startedAt - SWEEP_MS)
      world.trouble(`a sweep was due, but the run read from ${run.updatedAfter.toISOString()}`);
    const isRead = run.status === 'OK' || run.refusedMarketplaceIds.length > 0;
    if (sweeps && isRead) this.#sweptAt = startedAt;

    if (run.status !== 'OK') return;
    const inWindow = this.#inWindow(run);
    const isCut = legsOf(run).some(({ updatedBefore }) => updatedBefore !== undefined);
    if (calm && !isCut && step.faults.length === 0 && !reread && run.ordersSeen !== inWindow.length)
      world.trouble(`the run saw ${run.ordersSeen} orders of ${inWindow.length} in its window`);
    if (step.dryRun || !step.includeItems) return;
    // What was hidden and is listed again was read by this window, where it lies in it.
    for (const { orderId } of inWindow)
      if ((world.book.hidden.get(orderId) ?? 0) <= startedAt) world.book.hidden.delete(orderId);
  }

  /** The orders that the run's searches list, once for each search. */
  #inWindow(run: Story['run']) {
    const { book, clock } = this.#world;
    return legsOf(run).flatMap((leg) =>
      book
        .truth()
        .book.orders()
        .filter(({ orderId, lastUpdatedTime, salesChannel }) => {
          const updated = Date.parse(lastUpdatedTime);
          if ((book.hidden.get(orderId) ?? 0) > clock.time()) return false;
          if (salesChannel.marketplaceId && !leg.marketplaceIds.includes(salesChannel.marketplaceId)) return false;
          return (
            updated >= Date.parse(leg.updatedAfter) &&
            updated <= Date.parse(leg.updatedBefore ?? run.updatedBefore.toISOString())
          );
        }),
    );
  }

  async #resync(seed: number, late: boolean): Promise<void> {
    const world = this.#world;
    const order = world.book.pick(random(seed));
    if (!order) return;
    world.note(`resync ${order.orderId}${late ? ', written late' : ''}`);
    let process: Process | null = null;
    // The first transaction takes quota, the second one writes.
    const at = async ({ place, transaction }: { place: string; transaction: number }) => {
      if (!late || place !== 'before' || transaction !== 2) return;
      world.book.touch(order.orderId);
      world.clock.advance(5 * 60_000);
      await this.run(PLAIN_RUN);
    };
    process = await world.startProcess({ works: false, witness: { ...IDLE, at } });
    await within(process.engine.resyncOrder(order.orderId), 'resyncOrder');
    await world.closeProcess(process);
    await world.look();
  }
}

function legsOf(run: Story['run']) {
  return run.legs as unknown as { marketplaceIds: string[]; updatedAfter: string; updatedBefore?: string }[];
}

function describeFault({ fault, operation, on, probability }: FaultRule): string {
  const when = on ? ` at ${on.from}×${on.count ?? 1}` : probability === undefined ? '' : ` p=${probability}`;
  return `${fault.kind}${operation ? ` of ${operation}` : ''}${when}`;
}
