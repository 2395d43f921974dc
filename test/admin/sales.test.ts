import { describe, expect, it } from 'vitest';
import { chooseTicks, intervalEnd, intervalFor, toBuckets } from '../../admin/src/sales/buckets.js';
import { coveredDays, coveredSince, isCovered } from '../../admin/src/sales/coverage.js';
import { dateIn, lastDays, parsePeriod, today } from '../../admin/src/sales/date-range.js';
import { groupByCurrency, sumDecimals } from '../../admin/src/sales/totals.js';

it('adds decimals exactly', () => {
  expect(sumDecimals(['0.10', '0.20'])).toBe('0.30');
  expect(sumDecimals(['9007199254740993', '0.01'])).toBe('9007199254740993.01');
  expect(sumDecimals(['-0.05', '0.02'])).toBe('-0.03');
  expect(sumDecimals(['-10.5', '2'])).toBe('-8.5');
  expect(sumDecimals([])).toBe('0');
});

describe('a period', () => {
  const parse = (query: string) => parsePeriod(new URLSearchParams(query), '2026-03-17');

  it('is read from the URL, and is the last 30 days if invalid', () => {
    expect(parse('from=2025-12-31&to=2026-01-01').range).toEqual({ from: '2025-12-31', to: '2026-01-01' });
    expect(parse('period=7-days').range).toEqual({ from: '2026-03-11', to: '2026-03-17' });
    for (const invalid of ['', 'period=x', 'from=2026-02-30&to=2026-03-01', 'from=2026-02-02&to=2026-02-01'])
      expect(parse(invalid).range).toEqual({ from: '2026-02-16', to: '2026-03-17' });
  });

  it('is compared with as many days before it, and a month with the month before', () => {
    expect(parse('period=7-days').before).toEqual({ from: '2026-03-04', to: '2026-03-10' });
    expect(parse('period=today')).toMatchObject({
      range: { from: '2026-03-17', to: '2026-03-17' },
      before: { from: '2026-03-16', to: '2026-03-16' },
    });
    expect(parse('period=this-month')).toMatchObject({
      range: { from: '2026-03-01', to: '2026-03-17' },
      before: { from: '2026-02-01', to: '2026-02-17' },
    });
    expect(parse('period=last-month')).toMatchObject({
      range: { from: '2026-02-01', to: '2026-02-28' },
      before: { from: '2026-01-01', to: '2026-01-31' },
    });
    const lateMarch = parsePeriod(new URLSearchParams('period=this-month'), '2026-03-31');
    expect(lateMarch.before).toEqual({ from: '2026-02-01', to: '2026-02-28' });
  });

  it('ends with the latest date of the marketplaces', () => {
    const evening = Date.parse('2026-03-01T20:00:00Z');
    expect(dateIn('America/Los_Angeles', evening)).toBe('2026-03-01');
    expect(today([{ timeZone: 'America/Los_Angeles' }, { timeZone: 'Asia/Tokyo' }], evening)).toBe('2026-03-02');
    expect(today([], evening)).toBe('2026-03-01');
  });
});

describe('the bars of a chart', () => {
  const year = lastDays(365, '2026-11-24');

  it('are days up to a year, and fewer where they have no room', () => {
    expect(intervalFor(year, 1)).toBe('DAY');
    expect(intervalFor(year, 12)).toBe('WEEK');
    expect(intervalFor(lastDays(3_700, '2026-11-24'), 1)).toBe('MONTH');
    expect(toBuckets(year, 'DAY', 365)).toHaveLength(365);
    const buckets = toBuckets(year, 'DAY', 100);
    expect(buckets).toHaveLength(92);
    expect([buckets[0], buckets.at(-1)]).toEqual([
      { from: '2025-11-25', to: '2025-11-28' },
      { from: '2026-11-24', to: '2026-11-24' },
    ]);
  });

  it('are weeks from Monday and months within the period', () => {
    const range = { from: '2026-01-28', to: '2026-02-10' };
    expect(toBuckets(range, 'WEEK', 100)).toEqual([
      { from: '2026-01-28', to: '2026-02-01' },
      { from: '2026-02-02', to: '2026-02-08' },
      { from: '2026-02-09', to: '2026-02-10' },
    ]);
    expect(toBuckets(range, 'MONTH', 100)).toEqual([
      { from: '2026-01-28', to: '2026-01-31' },
      { from: '2026-02-01', to: '2026-02-10' },
    ]);
    expect(intervalEnd('2026-02-02', 'WEEK', '2026-12-31')).toBe('2026-02-08');
    expect(intervalEnd('2026-02-09', 'WEEK', '2026-02-10')).toBe('2026-02-10');
  });

  it('are labelled without neighbours that touch, at the starts of months for a long period', () => {
    for (const days of [1, 7, 30, 62, 63, 90, 180, 365])
      for (const width of [260, 600, 1_000]) {
        const buckets = toBuckets(lastDays(days, '2026-11-24'), 'DAY', width / 2);
        const step = width / buckets.length;
        const ticks = chooseTicks(buckets, step, 56);
        expect(ticks.length, `${days} days at ${width}`).toBeGreaterThan(0);
        for (const [at, { index, date }] of ticks.entries()) {
          expect(buckets[index]?.from.localeCompare(date)).toBeLessThanOrEqual(0);
          expect(buckets[index]?.to.localeCompare(date)).toBeGreaterThanOrEqual(0);
          const next = ticks[at + 1];
          if (next) expect((next.index - index) * step, `${days} days at ${width}`).toBeGreaterThanOrEqual(56);
        }
      }
    const months = chooseTicks(toBuckets(year, 'DAY', 365), 3, 56).map(({ date }) => date);
    expect(months).toHaveLength(12);
    expect(months[0]).toBe('2025-12-01');
  });
});

describe('covered days', () => {
  const berlin = 'Europe/Berlin';
  const now = Date.parse('2026-11-24T10:00:00Z');
  const coverage = {
    marketplaceId: 'A1PA6795UKMFR9',
    provenFrom: '2026-10-25T10:00:00Z',
    provenUntil: '2026-11-24T09:57:00Z',
    provenByReport: [],
  };

  it('are the marketplace’s whole days, and its present day', () => {
    const days = coveredDays(coverage, berlin, now);
    expect(days.ranges).toEqual([{ from: '2026-10-26', to: '2026-11-24' }]);
    expect(coveredSince(days)).toBe('2026-10-26');
    expect(isCovered(days, { from: '2026-10-26', to: '2026-11-30' }, '2026-11-24')).toBe(true);
    expect(isCovered(days, { from: '2026-10-25', to: '2026-10-25' }, '2026-11-24')).toBe(false);
  });

  it('end before the day on which reading stopped', () => {
    const days = coveredDays({ ...coverage, provenUntil: '2026-11-20T09:57:00Z' }, berlin, now);
    expect(days.ranges).toEqual([{ from: '2026-10-26', to: '2026-11-19' }]);
    expect(isCovered(days, { from: '2026-11-20', to: '2026-11-20' }, '2026-11-24')).toBe(false);
  });

  it('reach back over the reports that join them, not over a gap', () => {
    const provenByReport = [
      { from: '2026-01-01T00:00:00Z', until: '2026-02-01T00:00:00Z' },
      { from: '2026-09-24T22:00:00Z', until: '2026-10-25T12:00:00Z' },
    ];
    const days = coveredDays({ ...coverage, provenByReport }, berlin, now);
    // 24 September 22:00 UTC is the 25th, 00:00 in Berlin; the first report begins at one o'clock there.
    expect(days.ranges).toEqual([
      { from: '2026-01-02', to: '2026-01-31' },
      { from: '2026-09-25', to: '2026-11-24' },
    ]);
  });

  it('are none before the first run', () => {
    const days = coveredDays({ ...coverage, provenFrom: null, provenUntil: null }, berlin, now);
    expect(days).toEqual({ ranges: [], until: null });
    expect(isCovered(days, { from: '2026-11-24', to: '2026-11-24' }, '2026-11-24')).toBe(false);
  });
});

describe('sales by currency', () => {
  const row = (from: string, marketplaceId: string | null, currencyCode: string, units: number, revenue: string) => ({
    from,
    marketplaceId,
    currencyCode,
    orders: units,
    units,
    unknownPriceUnits: 1,
    revenue,
  });

  it('are split by marketplace, those of the connection first', () => {
    const us = [row('2026-01-01', 'US', 'USD', 2, '20.10'), row('2026-01-02', 'US', 'USD', 1, '5.00')];
    const mx = [row('2026-01-01', 'MX', 'MXN', 5, '100.00')];
    const former = [row('2026-01-01', 'BR', 'USD', 1, '2.90')];
    const connected = [
      { marketplaceId: 'US', name: 'Amazon.com' },
      { marketplaceId: 'MX', name: 'Amazon.com.mx' },
    ];
    expect(groupByCurrency([...former, ...us, ...mx], connected)).toEqual([
      {
        currencyCode: 'MXN',
        orders: 5,
        units: 5,
        unknownPriceUnits: 1,
        revenue: '100.00',
        marketplaces: [{ marketplaceId: 'MX', name: 'Amazon.com.mx', rows: mx }],
      },
      {
        currencyCode: 'USD',
        orders: 4,
        units: 4,
        unknownPriceUnits: 3,
        revenue: '28.00',
        marketplaces: [
          { marketplaceId: 'US', name: 'Amazon.com', rows: us },
          { marketplaceId: 'BR', name: 'BR', rows: former },
        ],
      },
    ]);
  });
});
