import { UserError } from '../../core/errors.js';
import type { Instant } from '../../database/json-rows.js';

export interface OrderSort {
  readonly field: 'PURCHASE_DATE' | 'LAST_UPDATE_DATE' | 'SHIP_BY';
  readonly direction: 'ASC' | 'DESC';
}

/** The position of an order in a sort: the date that it is sorted by, and its id. */
export interface OrderPosition {
  readonly at: Instant;
  readonly id: bigint;
}

/** Sorts orders without a latest time to ship last: the date in their place. */
export const NO_SHIP_BY = '9999-12-31T00:00:00.000Z';

/** Encodes a cursor, opaque to clients: base64url of the sort and the position in it. */
export function encodeOrderCursor(sort: OrderSort, { at, id }: OrderPosition): string {
  return Buffer.from(JSON.stringify([sort.field, sort.direction, at, String(id)])).toString('base64url');
}

/** @throws {UserError} BAD_USER_INPUT for a text that is no cursor, and for a cursor of another sort. */
export function decodeOrderCursor(sort: OrderSort, cursor: string): OrderPosition {
  const [field, direction, at, id] = readParts(cursor);
  if (!isInstant(at) || !isId(id)) {
    throw new UserError('BAD_USER_INPUT', 'The cursor is not one of `orders`. Use one from `pageInfo` or `edges`.');
  }
  if (field !== sort.field || direction !== sort.direction) {
    throw new UserError(
      'BAD_USER_INPUT',
      `This cursor belongs to the sort ${field} ${direction}, not to ${sort.field} ${sort.direction}. Start from the first page.`,
    );
  }
  return { at, id: BigInt(id) };
}

function readParts(cursor: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

/** Checks the format of `encodeOrderCursor`, and for a year that PostgreSQL and GraphQL's DateTime accept: 1 to 9999. */
function isInstant(value: unknown): value is string {
  if (typeof value !== 'string' || !/^(?!0000)\d{4}-/.test(value)) return false;
  const date = new Date(value);
  return !Number.isNaN(date.getTime()) && date.toISOString() === value;
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && /^\d{1,18}$/.test(value);
}
