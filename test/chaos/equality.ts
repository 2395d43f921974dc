import { differences } from '../helpers/truth.js';
import { IDLE } from './mortal-database.js';
import { PLAIN_RUN, type RunStep } from './plan.js';
import type { Story } from './run-story.js';
import type { World } from './world.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** A window ends three minutes ago, on a whole second. */
const BEHIND_MS = 3 * MINUTE + 2_000;
/** So that a window holds everything. */
const FAR_BACK_MS = 60 * DAY;

type Run = (step: RunStep, overlapMs?: number) => Promise<Story>;

/**
 * The faults have stopped. One run with items that ends OK must make the tables equal, but for what lists don't tell;
 * the daily sweeps and single reads must bring in what was told of late; resyncOrder, or a window of everything, the rest.
 */
export async function demandEquality(world: World, run: Run): Promise<void> {
  const { book, database } = world;
  world.note('the faults have stopped');
  world.simulator.orderFaults.clear();
  world.connect(world.simulator.marketplaceIds.length);
  await runInQuiet(world, run, PLAIN_RUN);
  const unlisted = () => [...book.hidden.keys(), ...book.backdated.keys()];
  await compare(world, 'after the run', [...book.silent, ...unlisted(), ...(await setAside(world))]);

  for (let day = 0; day < 2; day += 1) {
    world.clock.advance(DAY + 60 * MINUTE);
    await runInQuiet(world, run, { ...PLAIN_RUN, trigger: 'SCHEDULE' });
  }
  await compare(world, 'after two days', [...unlisted(), ...(await setAside(world))]);

  const left = [...unlisted(), ...(await setAside(world))].filter((orderId) => !book.spoiled.has(orderId));
  if (world.plan.seed % 2 === 0) {
    await runInQuiet(world, (step) => run(step, FAR_BACK_MS), PLAIN_RUN);
    // What was in the lists under an older date than before is read by the next run.
    await runInQuiet(world, run, PLAIN_RUN);
  } else {
    const { engine } = await world.startProcess({ works: false, witness: IDLE });
    for (const orderId of left) await engine.resyncOrder(orderId);
  }
  await compare(world, 'after what was left was read, too', [...book.spoiled.keys()]);
  const aside = (await setAside(world)).filter((orderId) => !book.spoiled.has(orderId));
  if (aside.length > 0) world.trouble(`still set aside, though readable: ${aside}`);

  const noted = await database.query<{ id: string }>(
    'SELECT amazon_order_id AS id FROM amazon_order WHERE notes IS NOT NULL',
  );
  const withNotes = noted.map(({ id }) => id).sort();
  const odd = book.odd().sort();
  if (withNotes.join() !== odd.join()) world.trouble(`orders with notes are ${withNotes}, odd ones are ${odd}`);

  // A look at everything once more, raw payloads and all: nothing may be new.
  await database.query('DELETE FROM usage_plan');
  const again = await run({ ...PLAIN_RUN, dryRun: true }, FAR_BACK_MS);
  if (again.run.ordersInserted + again.run.ordersUpdated > 0)
    world.trouble(`a second look would insert ${again.run.ordersInserted}, update ${again.run.ordersUpdated}`);
  world.figures.orders += world.simulator.book.size;
}

/** A run at a moment when no order changed lately, nor while it ran. */
async function runInQuiet(world: World, run: Run, step: RunStep): Promise<void> {
  const { clock, database, simulator } = world;
  const newest = () => Math.max(0, ...simulator.book.orders().map((order) => Date.parse(order.lastUpdatedTime)));
  for (let tries = 0; tries < 20; tries += 1) {
    while (newest() > clock.time() - BEHIND_MS) clock.advance(MINUTE);
    await database.query('DELETE FROM usage_plan');
    const { run: ended } = await run(step);
    if (ended.status !== 'OK') return world.trouble(`a run without faults ended ${ended.status}: ${ended.error}`);
    if (newest() <= ended.updatedBefore.getTime()) return;
  }
  world.trouble('no quiet moment was found');
}

async function setAside({ database }: World): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    'SELECT amazon_order_id AS id FROM rejected_order WHERE amazon_order_id IS NOT NULL',
  );
  return rows.map(({ id }) => id);
}

/** Differences of these orders, and of the sums that they are part of, don't count. */
async function compare(world: World, when: string, exempt: readonly string[]): Promise<void> {
  const { book, database, simulator } = world;
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
  for (const line of counting.slice(0, 10)) world.trouble(`${when}: ${line}`);
}

function itemIds({ orderItems }: { orderItems: { orderItemId: string }[] }): string[] {
  return orderItems.map(({ orderItemId }) => orderItemId);
}
