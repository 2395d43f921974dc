import { type GraphQLScalarType, parseValue } from 'graphql';
import { describe, expect, it } from 'vitest';
import { decodeGlobalId, encodeGlobalId } from '../../src/graphql/pagination/global-id.js';
import { readPageArguments } from '../../src/graphql/pagination/page.js';
import { createSchema } from '../../src/graphql/schema.js';
import { moneyOf } from '../../src/graphql/types/money.js';

const scalar = (name: string) => createSchema().getType(name) as GraphQLScalarType;
const dateTime = scalar('DateTime');
const date = scalar('Date');

describe('DateTime', () => {
  it.each([
    ['2026-11-23T09:30:00Z', '2026-11-23T09:30:00.000Z'],
    ['2026-11-23T09:30:00.123+02:00', '2026-11-23T07:30:00.123Z'],
    ['2026-11-23T09:30-05:30', '2026-11-23T15:00:00.000Z'],
    ['2024-02-29T23:59:59.999999Z', '2024-02-29T23:59:59.999Z'],
  ])('accepts %s', (text, instant) => {
    expect(dateTime.serialize(dateTime.parseValue(text))).toBe(instant);
    expect(dateTime.serialize(dateTime.parseLiteral(parseValue(JSON.stringify(text))))).toBe(instant);
  });

  it.each([
    '2026-11-23T09:30:00',
    '2026-11-23',
    '2026-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-11-23T24:00:00Z',
    '2026-11-23T09:60:00Z',
    '2026-11-23T09:30:00+25:00',
    '2026-11-23 09:30:00Z',
    '23 Nov 2026 09:30 GMT',
    '',
    1_764_000_000_000,
    null,
    {},
  ])('rejects %j', (value) => {
    expect(() => dateTime.parseValue(value)).toThrow(/Expected an instant with UTC offset/);
  });

  it.each(['0001-01-01T00:00:00+23:00', '0001-01-01T00:00:00+00:01', '9999-12-31T23:59:00-23:00'])(
    'rejects %s, outside the years 1 to 9999 in UTC',
    (text) => {
      expect(() => dateTime.parseValue(text)).toThrow(/Expected an instant in the years 1 to 9999 in UTC/);
    },
  );

  it.each([
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:00+23:00', '9999-12-31T00:59:00.000Z'],
  ])('accepts %s, at the limit', (text, instant) => {
    expect(dateTime.serialize(dateTime.parseValue(text))).toBe(instant);
  });
});

describe('Date', () => {
  it('accepts existing days only', () => {
    expect(date.parseValue('2024-02-29')).toBe('2024-02-29');
    for (const wrong of ['2026-02-29', '2026-13-01', '2026-1-1', '2026-01-01T00:00:00Z', '0000-01-01', 20260101]) {
      expect(() => date.parseValue(wrong), String(wrong)).toThrow(/Expected a calendar date/);
    }
  });
});

describe('money', () => {
  it.each([
    ['99.9', 'USD', '99.90'],
    ['99.90', 'USD', '99.90'],
    ['5980', 'JPY', '5980'],
    ['12', 'EUR', '12.00'],
    ['0.12345', 'USD', '0.12345'],
    ['1.5', 'KWD', '1.500'],
    ['-3', 'USD', '-3.00'],
    ['9007199254740993.1', 'USD', '9007199254740993.10'],
    ['7', 'XXX', '7'],
    ['7.5', 'no currency', '7.5'],
  ])('%s %s is %s', (amount, currencyCode, padded) => {
    expect(moneyOf(amount, currencyCode)).toEqual({ amount: padded, currencyCode });
  });

  it('is null if unknown', () => {
    expect(moneyOf(null, null)).toBeNull();
    expect(moneyOf('0', 'USD')).toEqual({ amount: '0.00', currencyCode: 'USD' });
  });
});

describe('a global id', () => {
  it('is decoded to its type and id, up to the largest bigint', () => {
    for (const id of [1n, 2n ** 53n + 1n, 2n ** 63n - 1n]) {
      expect(decodeGlobalId(encodeGlobalId('SyncRun', id))).toEqual({ typename: 'SyncRun', id: String(id) });
    }
  });

  it.each([
    '',
    'x',
    '1',
    'SyncRun:1',
    ...['SyncRun:', 'SyncRun:x', 'SyncRun:-1', 'SyncRun:1:2', 'Nothing:1', 'SyncRun:9223372036854775808'].map((text) =>
      Buffer.from(text).toString('base64url'),
    ),
  ])('%j is rejected', (text) => {
    expect(() => decodeGlobalId(text)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  });
});

describe('page arguments', () => {
  it('default to the first 50', () => {
    expect(readPageArguments({})).toEqual({ limit: 50, fromEnd: false, after: null, before: null });
  });

  it('accept 0 to 200, with `first` or `last`', () => {
    expect(readPageArguments({ first: 200 }).limit).toBe(200);
    expect(readPageArguments({ last: 7, before: 'x' })).toEqual({ limit: 7, fromEnd: true, after: null, before: 'x' });
    for (const wrong of [{ first: 201 }, { last: 201 }, { first: -1 }, { last: -1 }, { first: 1, last: 1 }]) {
      expect(() => readPageArguments(wrong), JSON.stringify(wrong)).toThrow(
        expect.objectContaining({ code: 'BAD_USER_INPUT' }),
      );
    }
  });
});
