import { setImmediate as yieldToEventLoop } from 'node:timers/promises';

const MAX_BLOCK_MS = 0.5;

/**
 * `items.map(make)` for long work: yields to the event loop first and then every half a millisecond, so that requests and
 * answers of the database and Amazon don't wait for a whole page.
 */
export async function mapYielding<Item, Made>(items: readonly Item[], make: (item: Item) => Made): Promise<Made[]> {
  const result: Made[] = [];
  let since = Number.NEGATIVE_INFINITY;
  for (const item of items) {
    if (performance.now() - since > MAX_BLOCK_MS) {
      await yieldToEventLoop();
      since = performance.now();
    }
    result.push(make(item));
  }
  return result;
}
