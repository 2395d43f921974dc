import { expect, it } from 'vitest';
import { isoTime } from '../../src/simulator/orders/iso-time.js';

it('formats instants as Date does', () => {
  const instants = [
    0,
    5,
    50,
    999,
    1000,
    86_399_999,
    86_400_000,
    -1,
    Date.UTC(1995, 0, 1),
    Date.UTC(2026, 10, 20, 9, 8, 7, 6),
  ];
  for (let step = 0; step < 2000; step += 1) instants.push(Date.UTC(2024, 1, 28) + step * 123_456_789);
  for (const ms of instants) expect(isoTime(ms)).toBe(new Date(ms).toISOString());
});
