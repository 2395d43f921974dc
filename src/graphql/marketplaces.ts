import type { Marketplace } from '../generated/prisma/client.js';
import type { Builder } from './builder.js';

export function addMarketplaces(builder: Builder) {
  return builder.objectRef<Marketplace>('Marketplace').implement({
    description: 'One of the countries that Amazon sells in.',
    fields: (t) => ({
      id: t.exposeID('marketplaceId'),
      marketplaceId: t.exposeString('marketplaceId'),
      countryCode: t.exposeString('countryCode'),
      name: t.exposeString('name'),
      currency: t.exposeString('currency', { nullable: true }),
      provenUntil: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'Every update of its orders up to here is known to be in the mirror; null before the first run.',
        resolve: ({ marketplaceId }, _args, { loaders }) => loaders.provenUntil(marketplaceId),
      }),
    }),
  });
}
