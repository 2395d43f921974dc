import { z } from 'zod';
import type { JsonObject } from '../http/json.js';
import { plainDecimal } from './decimal.js';

/** An exact amount: never a JavaScript number on its way from Amazon to the database. */
export interface Money {
  /** Decimal digits, perhaps with a sign and a point: `-12.50`, `5980`. */
  readonly amount: string;
  /** ISO 4217. */
  readonly currencyCode: string;
}

/** An amount whose currency Amazon may not name: a line that costs nothing, without a row that says so. */
export interface Price {
  readonly amount: string;
  readonly currencyCode: string | null;
}

/** An order of the Orders API 2026-01-01, checked, without personal data. */
export interface Order {
  readonly orderId: string;
  readonly createdTime: Date;
  readonly lastUpdatedTime: Date;
  /** AMAZON, NON_AMAZON, or a word that Amazon adds; null if it could not be read. */
  readonly channelName: string | null;
  /** May be null for orders off Amazon. */
  readonly marketplaceId: string | null;
  readonly marketplaceName: string | null;
  /** PENDING, UNSHIPPED, SHIPPED, CANCELLED …, or a word that Amazon adds; null if it could not be read. */
  readonly fulfillmentStatus: string | null;
  /** AMAZON, MERCHANT, or a word that Amazon adds. */
  readonly fulfilledBy: string | null;
  /** Null while unknown, which is also what a total of 0 on a pending order means. */
  readonly grandTotal: Money | null;
  /** Empty if Amazon named none: no order is without lines, so that says nothing about them. */
  readonly items: readonly OrderItem[];
  /** Members that could not be read, by their places, each with the reason; never their values. */
  readonly notes: readonly string[];
  /** Whether its lines are missing or contradict themselves: worth reading again by its id. */
  readonly linesInDoubt: boolean;
  /** The whole order, `orderItems` included, without personal data; safe to store as jsonb. */
  readonly raw: JsonObject;
}

export interface OrderItem {
  readonly orderItemId: string;
  /** 0 to 1,000,000; null if it could not be read. */
  readonly quantityOrdered: number | null;
  readonly sellerSku: string | null;
  readonly asin: string | null;
  readonly title: string | null;
  /** The line's ITEM proceeds, all units together; null while unknown. */
  readonly itemPrice: Price | null;
  readonly raw: JsonObject;
}

/** Larger quantities are taken for mistakes: no order of that size is known, and sums of them exceed GraphQL's Int. */
const MAX_QUANTITY = 1_000_000;

/** Names and keys, which the database indexes: an index entry of PostgreSQL is at most 2.7 kB. */
export const key = z.string().min(1, 'is empty').max(200, 'is longer than 200 characters');
export const code = z.string().max(500, 'is longer than 500 characters');
export const text = z.string();
export const list = z.custom<readonly unknown[]>(Array.isArray, 'is not a list');
export const object = z.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'is not an object',
);
export const quantity = z
  .number()
  .int('is not a whole number')
  .min(0, 'is negative')
  .max(MAX_QUANTITY, 'is larger than 1,000,000');

const instant = z.iso
  .datetime({ offset: true, error: 'is not an ISO 8601 instant' })
  .transform((text) => new Date(text))
  .refine((date) => date.getUTCFullYear() >= 1990 && date.getUTCFullYear() <= 2200, 'is not of the years 1990 to 2200');

const currencyCode = z.string().regex(/^[A-Z]{3}$/, 'is not a currency code');

/** model: `Decimal` is a text in the form of RFC 7159's numbers, an exponent included. */
const amount = z.string().transform((text, context) => {
  const plain = plainDecimal(text);
  if (plain !== null) return plain;
  context.addIssue({ code: 'custom', message: 'is not a decimal number of at most 30 digits' });
  return z.NEVER;
});

export const money = z.object({ amount, currencyCode });

/** Only the currency of an amount that may itself be missing. */
export const inCurrency = z.object({ currencyCode });

/**
 * What the mirror can't do without: ids and dates. An order in which one of them can't be read is rejected; any other
 * member that can't be read costs that member.
 */
export const wireOrder = z.object({
  orderId: key,
  createdTime: instant,
  lastUpdatedTime: instant,
  salesChannel: z
    .object({ channelName: z.unknown().optional(), marketplaceId: key.nullish() })
    .refine(({ channelName, marketplaceId }) => marketplaceId != null || typeof channelName === 'string', {
      message: 'names neither channel nor marketplace',
    }),
  orderItems: z.array(z.object({ orderItemId: key })),
});

/** model: at most 100 are asked for, and come. */
const MAX_ORDERS_A_PAGE = 1_000;
/** It travels in an address, and is stored with the checkpoint: some 1,000 characters usually. */
const MAX_TOKEN_LENGTH = 16_000;
/** One that had to be made storable is not Amazon's any more. */
const pageToken = z
  .string()
  .max(MAX_TOKEN_LENGTH)
  .refine((token) => !token.includes('\uFFFD'));

/** model: SearchOrdersResponse. The whole `pagination` is absent on the last page; the bound is echoed. */
export const wirePage = z.object({
  orders: z.array(z.unknown()).max(MAX_ORDERS_A_PAGE),
  pagination: z.object({ nextToken: pageToken.nullish() }).nullish(),
  lastUpdatedBefore: instant.nullish().catch(null),
});

/** model: GetOrderResponse. */
export const wireSingleOrder = z.object({ order: z.unknown().refine((order) => order != null) });
