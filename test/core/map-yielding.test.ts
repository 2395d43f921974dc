import { expect, it } from 'vitest';
import { mapYielding } from '../../src/core/map-yielding.js';

/** Blocks the event loop. */
function work(item: number): number {
  const end = performance.now() + 1;
  while (performance.now() < end);
  return item * 2;
}

it('maps all items in order, and yields before and in between', async () => {
  const seen: string[] = [];
  let going = true;
  const other = () => {
    seen.push('other');
    if (going) setImmediate(other);
  };
  setImmediate(other);
  const made = await mapYielding([1, 2, 3, 4], (item) => {
    seen.push(String(item));
    return work(item);
  });
  going = false;
  expect(made).toEqual([2, 4, 6, 8]);
  expect(seen.slice(0, 8)).toEqual(['other', '1', 'other', '2', 'other', '3', 'other', '4']);
});

it('maps an empty list, and rejects with the error of the callback', async () => {
  expect(await mapYielding([], work)).toEqual([]);
  const failing = mapYielding([1], () => {
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
});
