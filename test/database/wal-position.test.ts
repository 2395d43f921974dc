import { describe, expect, it } from 'vitest';
import { covers, readPrimaryPosition } from '../../src/database/wal-position.js';

describe('the position of a primary', () => {
  const positionOf = (at: bigint, file = '0000000A000000010000002F') =>
    readPrimaryPosition({ query: async <Row extends object>() => [{ at, file }] as unknown as Row[] });

  it('has the timeline of its log', async () => {
    expect(await positionOf(1_234_567n)).toEqual({ timeline: 10, at: 1_234_567n });
  });

  it.each([24n, 40n])(
    'is the end of a page when the next record goes behind the header of %i bytes of another',
    async (header) => {
      const end = 3n * 8_192n;
      expect((await positionOf(end + header)).at).toBe(end);
      expect((await positionOf(end + 48n)).at).toBe(end + 48n);
      expect((await positionOf(end)).at).toBe(end);
    },
  );
});

it('is covered by the same or a later position on the same timeline', () => {
  const wanted = { timeline: 2, at: 100n };
  const reached = [99n, 100n, 101n].map((at) => covers({ timeline: 2, at }, wanted));
  expect(reached).toEqual([false, true, true]);
  expect(covers({ timeline: 1, at: 500n }, wanted)).toBe(false);
  expect(covers({ timeline: 3, at: 500n }, wanted)).toBe(false);
});
