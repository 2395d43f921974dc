import { describe, expect, it } from 'vitest';
import { lastDays, lengthInDays, parseRange, toBuckets } from '../../admin/src/sales/date-range.js';
import { groupByCurrency, subtractDecimals, sumDecimals } from '../../admin/src/sales/totals.js';

it('adds and subtracts decimals exactly', () => {
  expect(sumDecimals(['0.10', '0.20'])).toBe('0.30');
  expect(sumDecimals(['9007199254740993', '0.01'])).toBe('9007199254740993.01');
  expect(sumDecimals(['-0.05', '0.02'])).toBe('-0.03');
  expect(sumDecimals(['-10.5', '2'])).toBe('-8.5');
  expect(sumDecimals([])).toBe('0');
  expect(subtractDecimals('5.00', '5')).toBe('0.00');
  expect(subtractDecimals('1', '-0.25')).toBe('1.25');
});

describe('a date range', () => {
  const parse = (query: string) => parseRange(new URLSearchParams(query), '2026-03-01');

  it('is read from the URL, and is the last 30 days if invalid', () => {
    expect(parse('from=2025-12-31&to=2026-01-01')).toEqual({ from: '2025-12-31', to: '2026-01-01' });
    expect(parse('days=7')).toEqual({ from: '2026-02-23', to: '2026-03-01' });
    for (const invalid of ['', 'days=0', 'days=x', 'from=2026-02-30&to=2026-03-01', 'from=2026-02-02&to=2026-02-01']) {
      expect(parse(invalid)).toEqual({ from: '2026-01-31', to: '2026-03-01' });
    }
  });

  it('is split into at most as many buckets as fit, over clock changes too', () => {
    const year = lastDays(365, '2026-11-24');
    expect(lengthInDays(year)).toBe(365);
    expect(toBuckets(year, 365)).toHaveLength(365);
    const buckets = toBuckets(year, 100);
    expect(buckets).toHaveLength(92);
    expect([buckets[0], buckets.at(-1)]).toEqual([
      { from: '2025-11-25', to: '2025-11-28' },
      { from: '2026-11-24', to: '2026-11-24' },
    ]);
  });
});

describe('sales by currency', () => {
  const day = (date: string, currencyCode: string, units: number, revenue: string) => ({
    date,
    currencyCode,
    orders: units,
    units,
    revenue,
  });

  it('are split by marketplace, the rest under other marketplaces', () => {
    const us = { name: 'US', days: [day('2026-01-01', 'USD', 2, '20.10'), day('2026-01-02', 'USD', 1, '5.00')] };
    const mx = { name: 'MX', days: [day('2026-01-01', 'MXN', 5, '100.00')] };
    const all = [day('2026-01-01', 'USD', 3, '23.00'), day('2026-01-02', 'USD', 1, '5.00'), ...mx.days];
    expect(groupByCurrency(all, [us, mx])).toEqual([
      { currencyCode: 'MXN', orders: 5, units: 5, revenue: '100.00', marketplaces: [mx] },
      {
        currencyCode: 'USD',
        orders: 4,
        units: 4,
        revenue: '28.00',
        marketplaces: [us, { name: 'Other marketplaces', days: [day('2026-01-01', 'USD', 1, '2.90')] }],
      },
    ]);
  });
});
