import { z } from 'zod';
import { type Money, plainDecimal } from './money.js';

/** Why a value of Amazon's can't be read; without the value. */
export class Unreadable {
  /** By name of the unreadable member; null for the value itself. */
  readonly reasons: readonly (readonly [member: string | null, reason: string])[];

  constructor(reason: string | Unreadable['reasons']) {
    this.reasons = typeof reason === 'string' ? [[null, reason]] : reason;
  }
}

/** Reads one value that is neither absent nor null. Functions rather than schemas, since orders have hundreds of members. */
export type Reader<T> = (value: unknown) => T | Unreadable;

/** Larger quantities are treated as errors: no such order is known, and their sums exceed GraphQL's Int. */
const MAX_QUANTITY = 1_000_000;

const OTHER_THAN_STRING = new Unreadable('has another type than string');
const OTHER_THAN_NUMBER = new Unreadable('has another type than number');
const OTHER_THAN_OBJECT = new Unreadable('has another type than object');
const IS_MISSING = new Unreadable('is missing');
const IS_NULL = new Unreadable('is null');
const IS_EMPTY = new Unreadable('is empty');
const NO_LIST = new Unreadable('is not a list');
const NO_OBJECT = new Unreadable('is not an object');
const NO_DECIMAL = new Unreadable('is not a decimal number of at most 30 digits');
const NO_INSTANT = new Unreadable('is not an ISO 8601 instant');
const OTHER_YEARS = new Unreadable('is not of the years 1990 to 2200');
const NO_CURRENCY = new Unreadable('is not a currency code');

export const text: Reader<string> = (value) => (typeof value === 'string' ? value : OTHER_THAN_STRING);

function textUpTo(max: number): Reader<string> {
  const tooLong = new Unreadable(`is longer than ${max} characters`);
  return (value) => (typeof value !== 'string' ? OTHER_THAN_STRING : value.length > max ? tooLong : value);
}

const upTo200 = textUpTo(200);
/** Indexed columns: an index entry of PostgreSQL has at most 2.7 kB. */
export const key: Reader<string> = (value) => (value === '' ? IS_EMPTY : upTo200(value));
export const code: Reader<string> = textUpTo(500);

export const list: Reader<readonly unknown[]> = (value) => (Array.isArray(value) ? value : NO_LIST);
export const object: Reader<Readonly<Record<string, unknown>>> = (value) => (isObject(value) ? value : NO_OBJECT);

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wholeNumber(max: number, tooLarge: Unreadable): Reader<number> {
  const noWholeNumber = new Unreadable('is not a whole number');
  const isNegative = new Unreadable('is negative');
  return (value) => {
    if (typeof value !== 'number' || Number.isNaN(value)) return OTHER_THAN_NUMBER;
    if (!Number.isInteger(value)) return noWholeNumber;
    if (value < 0) return isNegative;
    return value > max ? tooLarge : value;
  };
}
export const quantity = wholeNumber(MAX_QUANTITY, new Unreadable('is larger than 1,000,000'));
/** A number that may be large, as of points. */
export const count = wholeNumber(2_147_483_647, new Unreadable('is too large'));

/** model: `Decimal` is a string in the number format of RFC 7159, which allows an exponent. */
const amount: Reader<string> = (value) =>
  typeof value === 'string' ? (plainDecimal(value) ?? NO_DECIMAL) : OTHER_THAN_STRING;
/** A JSON number as decimal text. */
export const decimalNumber: Reader<string> = (value) =>
  typeof value === 'number' ? (plainDecimal(String(value)) ?? NO_DECIMAL) : OTHER_THAN_NUMBER;

const ISO_8601 = z.core.regexes.datetime({ offset: true });

export const instant: Reader<Date> = (value) => {
  if (typeof value !== 'string' || !ISO_8601.test(value)) return NO_INSTANT;
  const date = new Date(value);
  const year = date.getUTCFullYear();
  return year >= 1990 && year <= 2200 ? date : OTHER_YEARS;
};

/** The same for zod, of an object's member: null if absent or unreadable. */
export const instantOrNull = z
  .unknown()
  .optional()
  .transform((value) => {
    const read = instant(value);
    return read instanceof Unreadable ? null : read;
  });

const CURRENCY_CODE = /^[A-Z]{3}$/;
export const currencyCode: Reader<string> = (value) => {
  if (typeof value !== 'string') return OTHER_THAN_STRING;
  return CURRENCY_CODE.test(value) ? value : NO_CURRENCY;
};

export const money: Reader<Money> = (value) => {
  if (!isObject(value)) return OTHER_THAN_OBJECT;
  const readAmount = member(amount, value.amount);
  const readCurrency = member(currencyCode, value.currencyCode);
  if (readAmount instanceof Unreadable || readCurrency instanceof Unreadable)
    return new Unreadable([...reasonsOf('amount', readAmount), ...reasonsOf('currencyCode', readCurrency)]);
  return { amount: readAmount, currencyCode: readCurrency };
};

function member<T>(read: Reader<T>, value: unknown): T | Unreadable {
  if (value === undefined) return IS_MISSING;
  return value === null ? IS_NULL : read(value);
}

function reasonsOf(member: string, read: unknown): Unreadable['reasons'] {
  return read instanceof Unreadable ? read.reasons.map(([, reason]) => [member, reason]) : [];
}
