import { type Marketplace, SpApiRegion } from '../../generated/prisma/client.js';
import type { Builder } from '../builder.js';

export function addRegion(builder: Builder) {
  return builder.enumType('SpApiRegion', { values: Object.values(SpApiRegion) });
}

export function addMarketplaces(builder: Builder, Region: ReturnType<typeof addRegion>) {
  const Marketplace = builder.objectRef<Marketplace>('Marketplace').implement({
    description: 'One of the countries that Amazon sells in.',
    fields: (t) => ({
      id: t.exposeID('marketplaceId'),
      marketplaceId: t.exposeString('marketplaceId'),
      countryCode: t.exposeString('countryCode'),
      name: t.exposeString('name'),
      region: t.expose('region', {
        type: Region,
        nullable: true,
        description: 'Null for one that Amazon told of, and that this version does not know.',
      }),
      currency: t.exposeString('currency', { nullable: true }),
      provenUntil: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'Every update of its orders up to here is known to be in the mirror; null before the first run.',
        resolve: ({ marketplaceId }, _args, { loaders }) => loaders.provenUntil(marketplaceId),
      }),
    }),
  });

  builder.queryField('marketplaces', (t) =>
    t.field({
      type: [Marketplace],
      description: 'The marketplaces that are known, of a region or of all, by their country.',
      args: { region: t.arg({ type: Region }) },
      resolve: (_root, { region }, { database }) =>
        database.prisma.marketplace.findMany({
          where: region ? { region } : {},
          orderBy: [{ countryCode: 'asc' }, { marketplaceId: 'asc' }],
        }),
    }),
  );
  return Marketplace;
}
