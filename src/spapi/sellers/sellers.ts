import { z } from 'zod';
import type { SpApiClient } from '../http/client.js';
import { unexpectedAnswer } from '../http/errors.js';
import type { CallWatch } from '../orders/order-source.js';
import { marketplaceById } from './marketplaces.js';

export interface Participation {
  readonly marketplaceId: string;
  readonly countryCode: string;
  readonly name: string;
  /** ISO 4217. */
  readonly currency: string;
  /** Whether the seller sells there at present. */
  readonly isParticipating: boolean;
}

/** model (sellers.json): here, unlike in the Orders API, the answer comes in a `payload`. */
const answer = z.looseObject({ payload: z.array(z.unknown()).max(1_000) });

/** A name for display: at most 100 characters, without control characters and what replaces invalid text. */
const name = z.string().regex(/^[^\p{C}\uFFFD]{1,100}$/u);
/** A member that can't be read counts as missing: the documented value of the marketplace replaces it. */
const row = z.object({
  marketplace: z.object({
    id: z.string(),
    name: name.nullish().catch(null),
    countryCode: z
      .string()
      .regex(/^[A-Z]{2}$/)
      .nullish()
      .catch(null),
    defaultCurrencyCode: z
      .string()
      .regex(/^[A-Z]{3}$/)
      .nullish()
      .catch(null),
  }),
  participation: z.object({ isParticipating: z.boolean() }),
});

/**
 * The marketplaces that the seller has to do with. It needs no marketplace and no role, so it is the call to test a
 * connection with. Left out are ids that Amazon doesn't document (rows for orders off Amazon come too, seen in the field)
 * and rows without an id or a participation.
 * @throws {SyncError} also when no row of several can be read
 */
export async function getMarketplaceParticipations(client: SpApiClient, watch: CallWatch): Promise<Participation[]> {
  const operation = 'getMarketplaceParticipations';
  const read = answer.safeParse(await client.get(operation, '/sellers/v1/marketplaceParticipations', '', watch));
  if (!read.success) throw unexpectedAnswer(operation);

  const { payload } = read.data;
  const rows = payload.flatMap((sent) => row.safeParse(sent).data ?? []);
  if (rows.length === 0 && payload.length > 0) throw unexpectedAnswer(operation);
  return rows.flatMap(({ marketplace, participation }) => {
    const known = marketplaceById(marketplace.id);
    if (!known) return [];
    return {
      marketplaceId: known.marketplaceId,
      countryCode: marketplace.countryCode ?? known.countryCode,
      name: marketplace.name ?? known.name,
      currency: marketplace.defaultCurrencyCode ?? known.currency,
      isParticipating: participation.isParticipating,
    };
  });
}
