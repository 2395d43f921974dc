import type { Reply } from './http.js';
import { type Marketplace, marketplacesOf } from './marketplaces.js';

/** Amazon also returns such rows, for multi-channel fulfilment; searches can't use their ids (seen in the field). */
const NON_AMAZON = {
  id: 'A38D8NSA03LJTC',
  name: 'Non-Amazon',
  countryCode: 'DE',
  currency: 'EUR',
  language: 'de_DE',
  domain: 'siprod.stores.amazon.de',
};

/** getMarketplaceParticipations (model: sellers); the `payload` wrapper exists here, unlike in Orders. */
export function marketplaceParticipations(marketplaceIds: readonly string[]): Reply {
  const rows = [...marketplacesOf(marketplaceIds), NON_AMAZON];
  return { status: 200, body: { payload: rows.map(participation) } };
}

function participation(marketplace: Omit<Marketplace, 'perDollar' | 'taxAdded'>) {
  return {
    marketplace: {
      id: marketplace.id,
      name: marketplace.name,
      countryCode: marketplace.countryCode,
      defaultCurrencyCode: marketplace.currency,
      defaultLanguageCode: marketplace.language,
      domainName: marketplace.domain,
    },
    participation: { isParticipating: true, hasSuspendedListings: false },
    storeName: 'Simulated Store',
  };
}
