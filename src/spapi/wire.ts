import { z } from 'zod';
import type { JsonObject } from './json.js';

/** An exact amount: never a JavaScript number on its way from Amazon to the database. */
export interface Money {
  /** Decimal digits, perhaps with a sign and a point: `-12.50`, `5980`. */
  readonly amount: string;
  /** ISO 4217. */
  readonly currencyCode: string;
}

/** An order as Amazon tells it (Orders API 2026-01-01), checked, without personal data. */
export interface Order {
  readonly orderId: string;
  readonly createdTime: Date;
  readonly lastUpdatedTime: Date;
  /** AMAZON, NON_AMAZON, or a word that Amazon adds. */
  readonly channelName: string;
  /** May be null for orders off Amazon. */
  readonly marketplaceId: string | null;
  readonly marketplaceName: string | null;
  /** Amazon's word, unknown ones too: PENDING, UNSHIPPED, SHIPPED, CANCELLED … */
  readonly fulfillmentStatus: string;
  /** AMAZON, MERCHANT, or a word that Amazon adds. */
  readonly fulfilledBy: string | null;
  /** Null while unknown, which is also what a total of 0 on a pending order means. */
  readonly grandTotal: Money | null;
  readonly items: readonly OrderItem[];
  /** All that came, `orderItems` included, without personal data; safe to store as jsonb. */
  readonly raw: JsonObject;
}

export interface OrderItem {
  readonly orderItemId: string;
  readonly quantityOrdered: number;
  readonly sellerSku: string | null;
  readonly asin: string | null;
  readonly title: string | null;
  /** The line's ITEM proceeds, all units together; null while unknown, as a 0 on a pending order is. */
  readonly itemSubtotal: Money | null;
  readonly raw: JsonObject;
}

/** Names and keys, which the database indexes: an index entry of PostgreSQL ends at 2.7 kB. */
const key = z.string().min(1, 'is empty').max(200, 'is longer than 200 characters');
const code = z.string().max(500, 'is longer than 500 characters');

const instant = z.iso
  .datetime({ offset: true, error: 'is not an ISO 8601 instant' })
  .transform((text) => new Date(text))
  .refine((date) => date.getUTCFullYear() >= 1990 && date.getUTCFullYear() <= 2200, 'is not of the years 1990 to 2200');

const money = z.object({
  amount: z
    .string()
    .regex(/^-?\d+(\.\d+)?$/, 'is not a decimal number')
    .refine((amount) => amount.replace(/\D/g, '').length <= 30, 'has more than 30 digits'),
  currencyCode: z.string().regex(/^[A-Z]{3}$/, 'is not a currency code'),
});

/** The amount of an ITEM row; other rows are not read and may hold what they like. */
const itemAmount = z.union([
  z.object({ type: z.literal('ITEM'), subtotal: money }).transform(({ subtotal }) => [subtotal]),
  z.object({ type: z.string().refine((type) => type !== 'ITEM') }).transform(() => []),
]);
const itemAmounts = z
  .array(itemAmount)
  .transform((rows) => rows.flat())
  .refine(
    (all) => new Set(all.map(({ currencyCode }) => currencyCode)).size <= 1,
    'has ITEM rows in several currencies',
  );

const item = z.object({
  orderItemId: key,
  quantityOrdered: z.number().int().min(0).max(2_147_483_647),
  /** model: it has no required member. */
  product: z.object({ sellerSku: code.nullish(), asin: code.nullish(), title: z.string().nullish() }),
  proceeds: z.object({ breakdowns: itemAmounts.nullish() }).nullish(),
});

/**
 * What is read of an order; the rest is neither checked nor lost. model: `fulfillment` and `proceeds` come because
 * `includedData` asks for them, and `proceeds` may be absent while an order is pending.
 */
export const wireOrder = z.object({
  orderId: key,
  createdTime: instant,
  lastUpdatedTime: instant,
  salesChannel: z.object({
    channelName: key,
    marketplaceId: key.nullish(),
    marketplaceName: z.string().nullish(),
  }),
  fulfillment: z.object({ fulfillmentStatus: key, fulfilledBy: key.nullish() }),
  proceeds: z.object({ grandTotal: money.nullish() }).nullish(),
  orderItems: z
    .array(item)
    .refine((items) => new Set(items.map(({ orderItemId }) => orderItemId)).size === items.length, 'has an id twice'),
});

export type WireOrder = z.output<typeof wireOrder>;
export type WireItem = WireOrder['orderItems'][number];

/** model: at most 100 are asked for, and come. */
const MAX_ORDERS_A_PAGE = 1_000;
/** It travels in an address, and is stored with the checkpoint: some 1,000 characters usually. */
const MAX_TOKEN_LENGTH = 16_000;
/** One that had to be made storable is not Amazon's any more. */
const pageToken = z
  .string()
  .max(MAX_TOKEN_LENGTH)
  .refine((token) => !token.includes('\uFFFD'));

/** model: SearchOrdersResponse. The whole `pagination` is absent on the last page; the bound is told back. */
export const wirePage = z.object({
  orders: z.array(z.unknown()).max(MAX_ORDERS_A_PAGE),
  pagination: z.object({ nextToken: pageToken.nullish() }).nullish(),
  lastUpdatedBefore: instant.nullish().catch(null),
});

/** model: GetOrderResponse. */
export const wireSingleOrder = z.object({ order: z.unknown().refine((order) => order != null) });
