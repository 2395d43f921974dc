import { systemClock } from '../../src/core/clock.js';
import { readLastCheck } from '../../src/history/state.js';
import { random } from '../../src/simulator/random.js';
import { differences } from '../helpers/truth.js';
import { changeDifferences } from './change-watch.js';
import { isNotification } from './listeners.js';
import { PLAIN_RUN, plainHistory, type ReportStep, type RunStep } from './plan.js';
import { NO_OBSERVER } from './process-database.js';
import type { RunResult } from './run-execution.js';
import { unwatched } from './watchdog.js';
import type { World } from './world.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** A window ends three minutes before now, on a whole second. */
const BEHIND_MS = 3 * MINUTE + 2_000;

type Run = (step: RunStep, overlapMs?: number) => Promise<RunResult>;

interface Runs {
  readonly run: Run;
  readonly readReports: (step: ReportStep) => Promise<RunResult>;
}

/** With this overlap a window holds all orders. */
function farBackMs({ plan }: World): number {
  return ((plan.createdWithinDays ?? 0) + 60) * DAY;
}

/**
 * Checks after the faults: one run with items must make the tables equal, except for changes that lists don't show; two days
 * of scheduled runs must read most of those; resyncOrder, or a window of all orders, the rest;
 * and a check must repair what was changed by hand. Orders from before the first window are read from reports.
 */
export async function checkEquality(world: World, { run, readReports }: Runs): Promise<void> {
  const { book, database } = world;
  world.note('the faults have stopped');
  world.connect(world.simulator.marketplaceIds.length);
  if (world.plan.notifications) await followEvents(world);
  if (world.plan.createdWithinDays !== null) await readReports(plainHistory(world.plan.createdWithinDays + 30));
  await converge(world, run);
  await recoverDataSets(world, run);
  const rejected = (await rejectedIds(world)).filter((orderId) => !book.corrupted.has(orderId));
  if (rejected.length > 0) world.violation(`still rejected, though readable: ${rejected}`);

  const noted = await database.query<{ id: string }>(
    'SELECT amazon_order_id AS id FROM amazon_order WHERE notes IS NOT NULL',
  );
  // The row of an order that can't be read in any way keeps the note of its last readable version.
  const withNotes = noted
    .map(({ id }) => id)
    .filter((id) => !book.corrupted.has(id))
    .sort();
  const odd = book.odd().sort();
  if (withNotes.join() !== odd.join()) world.violation(`orders with notes are ${withNotes}, expected ${odd}`);

  if (world.plan.check) {
    await checkRepair(world, world.plan.check, readReports);
    world.note('the check has ended');
    await converge(world, run);
  }

  for (const line of await changeDifferences(database)) world.violation(line);
  for (const line of await world.follower.differences()) world.violation(line);
  for (const line of (await world.webhook?.differences()) ?? []) world.violation(line);

  // A dry run over all orders, raw payloads included, must find no change.
  await database.query('DELETE FROM usage_plan');
  const again = await run({ ...PLAIN_RUN, dryRun: true }, farBackMs(world));
  if (again.run.ordersInserted + again.run.ordersUpdated > 0)
    world.violation(
      `a dry run over all orders would insert ${again.run.ordersInserted}, update ${again.run.ordersUpdated}`,
    );
  world.figures.orders += world.simulator.book.size;
}

/** Without faults and without a run, what is notified must be in the mirror, and nothing may be left. */
async function followEvents(world: World): Promise<void> {
  const { book, clock, database, listeners, plan, simulator } = world;
  const { notifications, orderFaults } = simulator;
  notifications.clear();
  orderFaults.clear();
  // The answer is as of the request, and newer notifications come before it.
  simulator.faults.add({ operation: 'getOrder', probability: 0.5, fault: { kind: 'slow', ms: 150 } });
  await database.query('DELETE FROM usage_plan');
  await listeners.start(plan.notifications?.lastDeaths ?? []);
  await listeners.settle();
  const earlier = notifications.published.length;
  const dice = random(plan.seed, 13);
  const often = book
    .listed()
    .filter(({ salesChannel }) => salesChannel.marketplaceId)
    .slice(0, 4);
  // Changes are up to three minutes old when they are notified.
  simulator.book.lagGetOrder(plan.seed % 2 === 0 ? 4 * MINUTE : 0);
  for (let round = 0; round < 4; round += 1) {
    for (const line of book.change(dice, 8)) world.note(line);
    orderFaults.clear();
    // The same orders again and again, while they are read.
    for (const { orderId } of often) {
      book.touch(orderId);
      notifications.publish(orderId);
    }
    await (round % 2 === 0 ? systemClock.sleep(60) : listeners.idle());
    clock.advance(1_000);
  }
  await listeners.settle();
  simulator.faults.clear();
  simulator.book.lagGetOrder(0);
  const rows = await database.query<{ id: string; updated: Date }>(
    'SELECT amazon_order_id AS id, last_update_date AS updated FROM amazon_order',
  );
  for (const { orderId, changedAt } of notifications.published.slice(earlier)) {
    const updated = rows.filter(({ id }) => id === orderId).map((row) => row.updated.getTime());
    // Times may be in whole seconds: an older version of the same second counts as the change, until a search.
    const isOld = Math.max(0, ...updated) < Math.floor(changedAt / 1000) * 1000;
    if (isOld && !book.corrupted.has(orderId) && !book.backdated.has(orderId) && !book.isTooOld(orderId))
      world.violation(`the change of ${orderId} was notified, and is not in the mirror`);
  }
  const letters = simulator.queues.get('ordermirror-dead-letters').bodies;
  const readable = letters.filter(isNotification);
  if (readable.length > 0) world.violation(`readable messages became dead letters: ${readable}`);
  // What follows changes orders by hand.
  await listeners.stop();
}

/** Executes runs without faults until the tables equal Amazon's orders, and compares them after each step. */
async function converge(world: World, run: Run): Promise<void> {
  const { book } = world;
  world.simulator.orderFaults.clear();
  await runInQuiet(world, run, PLAIN_RUN);
  const unlisted = () => [...book.hidden.keys(), ...book.backdated.keys()];
  // What was deleted by hand and could not be read by its id: the check names it.
  const unresolved = (await readLastCheck(world.database))?.unresolved ?? [];
  await compare(world, 'after the run', [
    ...[...book.silent, ...unlisted(), ...unresolved],
    ...(await rejectedIds(world)),
  ]);

  for (let day = 0; day < 2; day += 1) {
    world.clock.advance(DAY + 60 * MINUTE);
    await runInQuiet(world, run, { ...PLAIN_RUN, trigger: 'SCHEDULE' });
  }
  await compare(world, 'after two days', [...unlisted(), ...unresolved, ...(await rejectedIds(world))]);

  const left = [...unlisted(), ...(await rejectedIds(world))].filter((orderId) => !book.corrupted.has(orderId));
  if (world.plan.seed % 2 === 0 || world.plan.createdWithinDays !== null) {
    await runInQuiet(world, (step) => run(step, farBackMs(world)), PLAIN_RUN);
    // What was in the lists under an older date than before is read by the next run.
    await runInQuiet(world, run, PLAIN_RUN);
  } else {
    const { engine } = await world.startProcess({ works: 'nothing', observer: NO_OBSERVER });
    for (const orderId of left) if (!book.isTooOld(orderId)) await engine.resyncOrder(orderId);
  }
  await compare(world, 'after the rest was read', [...book.corrupted.keys()]);
}

/** A check that is interrupted must repair what was changed by hand, and keep an order that the report lacks. */
async function checkRepair(world: World, check: ReportStep, readReports: Runs['readReports']): Promise<void> {
  const { book, clock, database, plan } = world;
  const dice = random(plan.seed, 9);
  const since = clock.time() - (check.days - 2) * DAY;
  // Later ones are read by the next run anyway.
  const until = clock.time() - 2 * 60 * MINUTE;
  const victims = book.unaltered().filter(({ lastUpdatedTime }) => {
    const updated = Date.parse(lastUpdatedTime);
    return updated > since && updated < until && dice.chance(0.5);
  });
  const [absent, ...others] = victims.map(({ orderId }) => orderId);
  if (absent !== undefined) world.simulator.book.hideFromReports(absent);
  const deleted = others.filter(() => dice.chance(0.5));
  const stale = others.filter((id) => !deleted.includes(id));
  await unwatched(database, async () => {
    await database.query('DELETE FROM order_items WHERE order_id = ANY ($1::text[])', [deleted]);
    await database.query('DELETE FROM amazon_order WHERE amazon_order_id = ANY ($1::text[])', [deleted]);
    await database.query(
      `UPDATE amazon_order SET last_update_date = last_update_date - interval '2 hours', order_status = 'OLD'
        WHERE amazon_order_id = ANY ($1::text[])`,
      [stale],
    );
  });
  world.note(`deleted by hand: ${deleted}; made stale: ${stale}; not in reports: ${absent}`);
  const startedAt = clock.time();
  let step = check;
  for (;;) {
    const { run: ended } = await readReports(step);
    if (ended.status === 'OK') break;
    if (step.processes.length === 0) return world.violation(`the check ended ${ended.status}: ${ended.error}`);
    step = { ...step, processes: [] };
  }
  const isReadable = (id: string) => !book.corrupted.has(id) && !book.failed.has(id);
  const unresolved = (await readLastCheck(database))?.unresolved.filter(isReadable) ?? [];
  if (unresolved.length > 0) world.violation(`the check left ${unresolved} unresolved`);
  const left = await database.query<{ id: string }>(
    `SELECT d.id FROM unnest($1::text[]) AS d (id) WHERE NOT EXISTS (SELECT FROM amazon_order WHERE amazon_order_id = d.id)
     UNION SELECT amazon_order_id FROM amazon_order WHERE order_status = 'OLD'`,
    [deleted],
  );
  // What Amazon has updated since is out of the check's range, and read by the next run.
  const isInRange = (id: string) => Date.parse(world.simulator.book.get(id)?.lastUpdatedTime ?? '') <= startedAt;
  const notRepaired = left.map(({ id }) => id).filter((id) => isReadable(id) && isInRange(id) && !book.isTooOld(id));
  if (notRepaired.length > 0) world.violation(`the check did not repair ${notRepaired}`);
}

/** A week after the last refusal a run must ask for all data sets; what was read without them is read again. */
async function recoverDataSets(world: World, run: Run): Promise<void> {
  const refused = () => world.database.query<{ name: string }>('SELECT data_set AS name FROM refused_data_set');
  const before = await refused();
  if (before.length > 0) {
    world.note(`a week passes; refused: ${before.map(({ name }) => name)}`);
    world.clock.advance(7 * DAY);
    await runInQuiet(world, run, PLAIN_RUN);
    for (const { name } of await refused()) world.violation(`${name} still counts as refused`);
  }
  const wasRefused = world.plan.steps.some(
    (step) => step.do === 'run' && step.faults.some(({ fault }) => fault.kind === 'refuse-data-set'),
  );
  if (wasRefused) await runInQuiet(world, (step) => run(step, farBackMs(world)), PLAIN_RUN);
}

/** Executes a run while no order changes, after the last change is old enough to be listed. */
async function runInQuiet(world: World, run: Run, step: RunStep): Promise<void> {
  const { clock, database, simulator } = world;
  const newest = () => Math.max(0, ...simulator.book.orders().map((order) => Date.parse(order.lastUpdatedTime)));
  for (let tries = 0; tries < 20; tries += 1) {
    while (newest() > clock.time() - BEHIND_MS) clock.advance(MINUTE);
    await database.query('DELETE FROM usage_plan');
    const { run: ended } = await run(step);
    if (ended.status !== 'OK') return world.violation(`a run without faults ended ${ended.status}: ${ended.error}`);
    if (newest() <= ended.updatedBefore.getTime()) return;
  }
  world.violation('orders changed during each of 20 runs');
}

async function rejectedIds({ database }: World): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    'SELECT amazon_order_id AS id FROM rejected_order WHERE amazon_order_id IS NOT NULL',
  );
  return rows.map(({ id }) => id);
}

/** Compares the tables with Amazon's orders, without these orders and the sums that they are part of. */
async function compare(world: World, when: string, exempt: readonly string[]): Promise<void> {
  const { book, database, simulator } = world;
  await world.deleteOldOrders();
  const items = await database.query<{ id: string }>(
    'SELECT order_item_id AS id FROM amazon_order_item WHERE amazon_order_id = ANY ($1::text[])',
    [exempt],
  );
  const all = simulator.book.orders().filter(({ orderId }) => exempt.includes(orderId));
  const names = [...exempt, ...items.map(({ id }) => id), ...all.flatMap(itemIds)];
  const found = await differences(database, book.truth(), {}, Number.POSITIVE_INFINITY);
  const counting = found.filter((line) => {
    if (line.startsWith('sales day')) return exempt.length === 0;
    return !names.some((name) => line.includes(` ${name}`));
  });
  world.note(`compared ${when}: ${counting.length} differences${exempt.length > 0 ? `, without ${exempt}` : ''}`);
  for (const line of counting.slice(0, 10)) world.violation(`${when}: ${line}`);
}

function itemIds({ orderItems }: { orderItems: { orderItemId: string }[] }): string[] {
  return orderItems.map(({ orderItemId }) => orderItemId);
}
