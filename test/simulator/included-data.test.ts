import { expect, it } from 'vitest';
import { ALL_DATA, clientOf, DAY, EVERYTHING, simulate } from './ask.js';

/** Two simulators with the same orders, one with cached texts, and the responses of each to a search. */
async function two(options: Parameters<typeof simulate>[0] = {}) {
  const simulators = [await simulate(options), await simulate({ ...options, keepTexts: true })];
  return {
    each: (act: (simulator: (typeof simulators)[number]) => void) => simulators.forEach(act),
    search: async (query: Record<string, string>) =>
      Promise.all(simulators.map(async (simulator) => (await clientOf(simulator)).searchAll(query))),
  };
}

it('returns the same with cached texts: first, again, with other data, and after changes', async () => {
  const { each, search } = await two({ orders: 150 });
  const expectSame = async (query: Record<string, string>) => {
    const [made, kept] = await search(query);
    expect(made?.flat().length).toBeGreaterThan(100);
    expect(kept).toEqual(made);
    return kept?.flat();
  };
  const bare = { ...EVERYTHING, maxResultsPerPage: '40' };
  const before = await expectSame(bare);
  await expectSame(bare);
  const whole = await expectSame({ ...bare, includedData: ALL_DATA });
  expect(whole).not.toEqual(before);

  const id = before?.[0]?.orderId ?? '';
  each(({ book }) => book.ship(id));
  each(({ advance }) => advance(3 * DAY));
  const after = await expectSame({ ...bare, includedData: ALL_DATA });
  expect(after?.findIndex(({ orderId }) => orderId === id)).toBeGreaterThan(0);
});

it('returns the same without orders', async () => {
  const simulator = await simulate({ orders: 0, keepTexts: true });
  const answer = await (await clientOf(simulator)).search(EVERYTHING);
  expect(answer).toEqual({ orders: [], lastUpdatedBefore: expect.any(String) });
});

it('applies faults to the orders of an answer', async () => {
  const { search } = await two({
    orders: 120,
    settled: true,
    faults: [{ fault: { kind: 'unreadable-order' }, on: { from: 1 } }],
  });
  const query = { ...EVERYTHING, includedData: 'FULFILLMENT' };
  for (const pages of await search(query)) expect(pages[0]?.[0]?.createdTime).toBe('yesterday');
  const [made, kept] = await search(query);
  expect(kept).toEqual(made);
  expect(kept?.[0]?.[0]?.createdTime).not.toBe('yesterday');
});
