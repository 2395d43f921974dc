import { z } from 'zod';
import { instantOrNull } from './wire.js';

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
  lastUpdatedBefore: instantOrNull,
});

/** model: GetOrderResponse. */
export const wireSingleOrder = z.object({ order: z.unknown().refine((order) => order != null) });
