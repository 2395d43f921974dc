import { z } from 'zod';
import type { CallWatch } from '../http/call-watch.js';
import type { SpApiClient } from '../http/client.js';
import { unexpectedAnswer } from '../http/errors.js';
import { marketplaceById } from './marketplaces.js';

export interface Participation {
  readonly marketplaceId: string;
  readonly countryCode: string;
  readonly name: string;
  /** ISO 4217. */
  readonly currency: string;
  /** Whether the seller currently sells there. */
  readonly isParticipating: boolean;
}

/** model (sellers.json): unlike in the Orders API, the answer is wrapped in `payload`. */
const answer = z.looseObject({ payload: z.array(z.unknown()).max(1_000) });

/** A display name: at most 100 characters, without control and replacement characters. */
const name = z.string().regex(/^[^\p{C}\uFFFD]{1,100}$/u);
/** Unreadable members are replaced by the documented values of the marketplace. */
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
 * Returns the seller's marketplaces. The call needs no marketplace and no role, so it is used to test a connection. Leaves
 * out undocumented ids (orders from outside of Amazon have one, seen in the field) and rows without id or participation.
 * @throws {SyncError} also when no row is readable
 */
export async function getMarketplaceParticipations(client: SpApiClient, watch: CallWatch): Promise<Participation[]> {
  const operation = 'getMarketplaceParticipations';
  const read = answer.safeParse(await client.get(operation, '/sellers/v1/marketplaceParticipations', '', watch));
  if (!read.success) throw unexpectedAnswer(operation, 'user');

  const { payload } = read.data;
  const rows = payload.flatMap((sent) => row.safeParse(sent).data ?? []);
  if (rows.length === 0 && payload.length > 0) throw unexpectedAnswer(operation, 'user');
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
