import { z } from 'zod';
import { plainDecimal } from './money.js';

/** Larger quantities are treated as errors: no such order is known, and their sums exceed GraphQL's Int. */
const MAX_QUANTITY = 1_000_000;

/** Indexed columns: an index entry of PostgreSQL has at most 2.7 kB. */
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
/** A number that may be large, as of points. */
export const count = z.number().int('is not a whole number').min(0, 'is negative').max(2_147_483_647, 'is too large');
/** A JSON number as decimal text. */
export const decimalNumber = z.number().transform((value, context) => {
  const plain = plainDecimal(String(value));
  if (plain !== null) return plain;
  context.addIssue({ code: 'custom', message: 'is not a decimal number of at most 30 digits' });
  return z.NEVER;
});

export const instant = z.iso
  .datetime({ offset: true, error: 'is not an ISO 8601 instant' })
  .transform((text) => new Date(text))
  .refine((date) => date.getUTCFullYear() >= 1990 && date.getUTCFullYear() <= 2200, 'is not of the years 1990 to 2200');

const currencyCode = z.string().regex(/^[A-Z]{3}$/, 'is not a currency code');

/** model: `Decimal` is a string in the number format of RFC 7159, which allows an exponent. */
const amount = z.string().transform((text, context) => {
  const plain = plainDecimal(text);
  if (plain !== null) return plain;
  context.addIssue({ code: 'custom', message: 'is not a decimal number of at most 30 digits' });
  return z.NEVER;
});

export const money = z.object({ amount, currencyCode });

/** The currency of an amount, even if the amount itself is unreadable. */
export const inCurrency = z.object({ currencyCode });

/** The required members: ids and dates. An order without a valid one is rejected; any other unreadable member becomes null. */
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

/** model: a page has at most 100. */
const MAX_ORDERS_PER_PAGE = 1_000;
/** The token is sent in the URL and stored with the checkpoint; it usually has 1,000 characters. */
const MAX_TOKEN_LENGTH = 16_000;
/** A token with a replacement character was changed by `storableJson` and is no longer Amazon's. */
const pageToken = z
  .string()
  .max(MAX_TOKEN_LENGTH)
  .refine((token) => !token.includes('\uFFFD'));

/** model: SearchOrdersResponse. The last page has no `pagination`; `lastUpdatedBefore` repeats the upper bound. */
export const wirePage = z.object({
  orders: z.array(z.unknown()).max(MAX_ORDERS_PER_PAGE),
  pagination: z.object({ nextToken: pageToken.nullish() }).nullish(),
  lastUpdatedBefore: instant.nullish().catch(null),
});

/** model: GetOrderResponse. */
export const wireSingleOrder = z.object({ order: z.unknown().refine((order) => order != null) });
