import { GraphQLError, Kind, type ValueNode, valueFromASTUntyped } from 'graphql';
import type { Builder } from './builder.js';

const INSTANT = /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.]\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;

export function addScalars(builder: Builder): void {
  builder.scalarType('DateTime', {
    description:
      'An instant in ISO 8601, UTC: 2026-11-23T09:30:00.000Z. Input may have any UTC offset, but must have one.',
    serialize: (value) => (typeof value === 'string' ? value : value.toISOString()),
    parseValue: parseInstant,
    parseLiteral: (node) => parseInstant(textOf(node)),
  });
  builder.scalarType('Date', {
    description: 'A calendar date: 2026-11-23.',
    serialize: (value) => value,
    parseValue: parseDate,
    parseLiteral: (node) => parseDate(textOf(node)),
  });
  builder.scalarType('Decimal', {
    description: 'An exact decimal number as a string: "1234.50".',
    serialize: (value) => value,
    parseValue: rejectInput,
  });
  builder.scalarType('JSON', {
    description: 'Any JSON value.',
    serialize: (value) => value,
    parseValue: rejectInput,
    parseLiteral: (node) => rejectInput(valueFromASTUntyped(node)),
  });
}

/** @throws {GraphQLError} BAD_USER_INPUT, with what is expected */
export function parseInstant(value: unknown): Date {
  const [text, date] = (typeof value === 'string' && INSTANT.exec(value)) || [];
  if (text === undefined || date === undefined || !isCalendarDate(date)) {
    throw badInput('an instant with UTC offset, such as 2026-11-23T09:30:00Z', value);
  }
  const instant = new Date(text);
  // The offset may move it out of these years.
  const year = instant.getUTCFullYear();
  if (year >= 1 && year <= 9999) return instant;
  throw badInput('an instant in the years 1 to 9999 in UTC', value);
}

/** @throws {GraphQLError} BAD_USER_INPUT, with what is expected */
export function parseDate(value: unknown): string {
  if (typeof value === 'string' && isCalendarDate(value)) return value;
  throw badInput('a calendar date such as 2026-11-23', value);
}

/** Whether the day exists: `Date` alone reads February 30 as March 2. */
function isCalendarDate(text: string): boolean {
  if (!/^(?!0000)\d{4}-\d\d-\d\d$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function textOf(node: ValueNode): unknown {
  return node.kind === Kind.STRING ? node.value : undefined;
}

function badInput(expected: string, value: unknown): GraphQLError {
  const got = typeof value === 'string' ? `"${value.slice(0, 100)}"` : 'a value of another type';
  return new GraphQLError(`Expected ${expected}, got ${got}.`, { extensions: { code: 'BAD_USER_INPUT' } });
}

function rejectInput(value: unknown): never {
  throw badInput('no value of this type', value);
}
