import { setImmediate as turn } from 'node:timers/promises';

/** So long, in milliseconds, nothing else may have to wait. */
const LONGEST_TURN_MS = 0.5;

/**
 * `items.map(make)`, for work that takes long: before it, and every half a millisecond, everything else has its turn. So
 * the answers of the database and of Amazon are taken up as they come, and whoever asks the server something does not wait
 * until a whole page is read.
 */
export async function mapYielding<Item, Made>(items: readonly Item[], make: (item: Item) => Made): Promise<Made[]> {
  const made: Made[] = [];
  let since = Number.NEGATIVE_INFINITY;
  for (const item of items) {
    if (performance.now() - since > LONGEST_TURN_MS) {
      await turn();
      since = performance.now();
    }
    made.push(make(item));
  }
  return made;
}
