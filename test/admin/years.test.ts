import { describe, expect, it } from 'vitest';
import { toYears } from '../../admin/src/history/years.js';

const range = (from: string, until: string) => ({ from: `${from}T00:00:00Z`, until: `${until}T00:00:00Z` });

describe('toYears', () => {
  it('cuts a window at the end of a year, and calls the longer part the main one', () => {
    const window = range('2024-12-11', '2025-01-10');
    const years = toYears([window]);
    expect(years.map(({ year }) => year)).toEqual([2025, 2024]);
    expect(years[0]?.bars).toMatchObject([{ window, start: 0, length: 9 / 365, isMain: false }]);
    expect(years[1]?.bars).toMatchObject([{ window, start: 345 / 366, length: 21 / 366, isMain: true }]);
  });

  it('draws the windows of a history in one lane, whatever their lengths', () => {
    const ends = Array.from(
      { length: 133 },
      (_, index) => new Date(Date.UTC(2026, 10, 28, 19, 34, 7) - index * 2592e6),
    );
    const windows = ends.map((end) => ({
      from: new Date(end.getTime() - 2592e6).toISOString(),
      until: end.toISOString(),
    }));
    const years = toYears(windows);
    expect(years.map(({ lanes }) => lanes)).toEqual(years.map(() => 1));
    const lengths = years.flatMap(({ bars }) => bars.map(({ length }) => length));
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBeCloseTo((133 * 30) / 365.25, 2);
  });

  it('draws windows that overlap below each other', () => {
    const [year] = toYears([range('2025-03-01', '2025-03-31'), range('2025-03-15', '2025-04-14')]);
    expect(year?.bars.map(({ lane }) => lane)).toEqual([0, 1]);
    expect(year?.lanes).toBe(2);
  });
});
