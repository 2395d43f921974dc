import { describe, expect, it } from 'vitest';
import { datesOf, lastDays, rangeFrom } from '../../admin/src/sales/days.js';
import { isZero, minus, sum } from '../../admin/src/sales/decimal.js';
import { bucketsOf, byCurrency } from '../../admin/src/sales/tally.js';

describe('exact sums', () => {
  it('have no float on the way', () => {
    expect(sum(['0.10', '0.20'])).toBe('0.30');
    expect(sum(['9007199254740993', '0.01'])).toBe('9007199254740993.01');
    expect(sum(['-0.05', '0.02'])).toBe('-0.03');
    expect(sum(['-10.5', '2'])).toBe('-8.5');
    expect(sum([])).toBe('0');
    expect(minus('5.00', '5')).toBe('0.00');
    expect(minus('1', '-0.25')).toBe('1.25');
    expect([isZero('0.00'), isZero('0.01')]).toEqual([true, false]);
  });
});

describe('a range', () => {
  const of = (query: string) => rangeFrom(new URLSearchParams(query), '2026-03-01');

  it('comes from the address, and is 30 days where that names none that can be', () => {
    expect(of('from=2025-12-31&to=2026-01-01')).toEqual({ from: '2025-12-31', to: '2026-01-01' });
    expect(of('days=7')).toEqual({ from: '2026-02-23', to: '2026-03-01' });
    for (const wrong of ['', 'days=0', 'days=x', 'from=2026-02-30&to=2026-03-01', 'from=2026-02-02&to=2026-02-01']) {
      expect(of(wrong)).toEqual({ from: '2026-01-31', to: '2026-03-01' });
    }
  });

  it('has all its days, over a change of clocks too, in bars that stay wide enough', () => {
    const year = lastDays(365, '2026-11-24');
    expect(datesOf(year)).toHaveLength(365);
    const buckets = bucketsOf(year, 100);
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

  it('are split by marketplace, with what no known one has as others', () => {
    const us = { name: 'US', days: [day('2026-01-01', 'USD', 2, '20.10'), day('2026-01-02', 'USD', 1, '5.00')] };
    const mx = { name: 'MX', days: [day('2026-01-01', 'MXN', 5, '100.00')] };
    const all = [day('2026-01-01', 'USD', 3, '23.00'), day('2026-01-02', 'USD', 1, '5.00'), ...mx.days];
    expect(byCurrency(all, [us, mx])).toEqual([
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
