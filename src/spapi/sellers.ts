import { z } from 'zod';
import type { SpApiClient } from './client.js';
import { unexpectedAnswer } from './errors.js';
import { marketplaceById } from './marketplaces.js';
import type { CallWatch } from './order-source.js';

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
const answer = z.looseObject({
  payload: z.array(
    z.looseObject({
      marketplace: z.looseObject({
        id: z.string(),
        name: z.string().nullish(),
        countryCode: z.string().nullish(),
        defaultCurrencyCode: z.string().nullish(),
      }),
      participation: z.looseObject({ isParticipating: z.boolean() }),
    }),
  ),
});

/**
 * The marketplaces that the seller has to do with. It needs no marketplace and no role, so it is the call to test a
 * connection with. Ids that Amazon doesn't document are left out: rows for orders off Amazon come too (seen in the field).
 * @throws {SyncError}
 */
export async function getMarketplaceParticipations(client: SpApiClient, watch: CallWatch): Promise<Participation[]> {
  const operation = 'getMarketplaceParticipations';
  const read = answer.safeParse(await client.get(operation, '/sellers/v1/marketplaceParticipations', '', watch));
  if (!read.success) throw unexpectedAnswer(operation);

  return read.data.payload.flatMap(({ marketplace, participation }) => {
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
