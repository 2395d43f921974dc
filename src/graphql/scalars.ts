import { GraphQLError, Kind, type ValueNode, valueFromASTUntyped } from 'graphql';
import type { Builder } from './builder.js';

const INSTANT = /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.]\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;

export function addScalars(builder: Builder): void {
  builder.scalarType('DateTime', {
    description:
      'An instant, ISO 8601 in UTC: 2026-11-23T09:30:00.000Z. On the way in any offset will do, but there has to be one.',
    serialize: (value) => (typeof value === 'string' ? value : value.toISOString()),
    parseValue: readInstant,
    parseLiteral: (node) => readInstant(textOf(node)),
  });
  builder.scalarType('Date', {
    description: 'A calendar date: 2026-11-23.',
    serialize: (value) => value,
    parseValue: readDate,
    parseLiteral: (node) => readDate(textOf(node)),
  });
  builder.scalarType('Decimal', {
    description: 'An exact decimal number, as a string: "1234.50". Never a float on the way.',
    serialize: (value) => value,
    parseValue: refuseInput,
  });
  builder.scalarType('JSON', {
    description: 'Any JSON value.',
    serialize: (value) => value,
    parseValue: refuseInput,
    parseLiteral: (node) => refuseInput(valueFromASTUntyped(node)),
  });
}

function readInstant(value: unknown): Date {
  const [text, date] = (typeof value === 'string' && INSTANT.exec(value)) || [];
  if (text === undefined || date === undefined || !isCalendarDate(date)) {
    throw badInput('an instant with its offset, like 2026-11-23T09:30:00Z', value);
  }
  const instant = new Date(text);
  // Its offset may lead out of them.
  const year = instant.getUTCFullYear();
  if (year >= 1 && year <= 9999) return instant;
  throw badInput('an instant of the years 1 to 9999 in UTC', value);
}

function readDate(value: unknown): string {
  if (typeof value === 'string' && isCalendarDate(value)) return value;
  throw badInput('a calendar date, like 2026-11-23', value);
}

/** A day that exists: `Date` alone would take February 30 for March 2. */
function isCalendarDate(text: string): boolean {
  if (!/^(?!0000)\d{4}-\d\d-\d\d$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function textOf(node: ValueNode): unknown {
  return node.kind === Kind.STRING ? node.value : undefined;
}

function badInput(wanted: string, value: unknown): GraphQLError {
  const got = typeof value === 'string' ? `"${value.slice(0, 100)}"` : 'something else';
  return new GraphQLError(`Wanted ${wanted}, got ${got}.`, { extensions: { code: 'BAD_USER_INPUT' } });
}

function refuseInput(value: unknown): never {
  throw badInput('no value of this type', value);
}
