import { type Marketplace, SpApiRegion } from '../../generated/prisma/client.js';
import { readCoverage, type WholeCoverage } from '../../history/coverage.js';
import { type RemapProgress as RemapState, remapProgress } from '../../mirror/write/remap-orders.js';
import { type Gap, gapKinds } from '../../sync/plan/coverage.js';
import type { Builder } from '../builder.js';
import type { addReportedInterval } from './history.js';

export function addRegion(builder: Builder) {
  return builder.enumType('SpApiRegion', { values: Object.values(SpApiRegion) });
}

export function addMarketplaces(builder: Builder, Region: ReturnType<typeof addRegion>) {
  const Marketplace = builder.objectRef<Marketplace>('Marketplace').implement({
    description: 'An Amazon marketplace.',
    fields: (t) => ({
      id: t.exposeID('marketplaceId'),
      marketplaceId: t.exposeString('marketplaceId'),
      countryCode: t.exposeString('countryCode'),
      name: t.exposeString('name'),
      region: t.expose('region', {
        type: Region,
        nullable: true,
        description: 'Null for a marketplace that Amazon returned and this version does not know.',
      }),
      currency: t.exposeString('currency', { nullable: true }),
      timeZone: t.exposeString('timeZone', {
        description: 'IANA name, such as Europe/Berlin: the days of `sales`, and of `purchasedFrom`, are local to it.',
      }),
      provenUntil: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'The mirror has every order update up to this instant; null before the first run.',
        resolve: ({ marketplaceId }, _args, { loaders }) => loaders.provenUntil(marketplaceId),
      }),
    }),
  });

  builder.queryField('marketplaces', (t) =>
    t.field({
      type: [Marketplace],
      description: 'The known marketplaces of one region or of all regions, by country code.',
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

/** How complete the mirror is. */
export function addCoverage(builder: Builder, ReportedInterval: ReturnType<typeof addReportedInterval>): void {
  const Kind = builder.enumType('CoverageGapKind', { values: gapKinds });

  const CoverageGap = builder.objectRef<Gap>('CoverageGap').implement({
    description:
      'An interval of update times, or of purchase dates for REPORT_FAILED and DELETED, for which the mirror may lack orders.',
    fields: (t) => ({
      kind: t.expose('kind', { type: Kind }),
      from: t.expose('from', { type: 'DateTime', nullable: true, description: 'Null: no lower bound.' }),
      until: t.expose('until', { type: 'DateTime', nullable: true, description: 'Null: no upper bound.' }),
      reason: t.exposeString('reason', { description: 'The cause, and what closes the gap.' }),
    }),
  });

  const MarketplaceCoverage = builder.objectRef<WholeCoverage>('MarketplaceCoverage').implement({
    description:
      'The interval of update times for which the mirror provably has all orders of a marketplace, and the gaps.',
    fields: (t) => ({
      marketplaceId: t.exposeString('marketplaceId'),
      provenFrom: t.expose('provenFrom', { type: 'DateTime', nullable: true }),
      provenUntil: t.expose('provenUntil', { type: 'DateTime', nullable: true }),
      itemsProvenFrom: t.expose('itemsProvenFrom', { type: 'DateTime', nullable: true }),
      itemsProvenUntil: t.expose('itemsProvenUntil', { type: 'DateTime', nullable: true }),
      provenByReport: t.field({
        type: [ReportedInterval],
        description: 'Purchase dates whose orders were read from reports, oldest first.',
        resolve: ({ provenByReport }) => [...provenByReport],
      }),
      gaps: t.field({ type: [CoverageGap], resolve: ({ gaps }) => [...gaps] }),
    }),
  });

  builder.queryField('coverage', (t) =>
    t.field({
      type: [MarketplaceCoverage],
      description: "How complete the mirror is for each of the connection's marketplaces.",
      resolve: async (_root, _args, { database, connections }) => {
        const connection = await connections.read();
        return connection ? readCoverage(database, connection.marketplaceIds) : [];
      },
    }),
  );

  const RemapProgress = builder.objectRef<RemapState>('RemapProgress').implement({
    description: 'After an update of Ordermirror: how many stored orders have got their new columns.',
    fields: (t) => ({
      ordersDone: t.exposeInt('ordersDone'),
      ordersTotal: t.exposeInt('ordersTotal'),
    }),
  });

  builder.queryField('remap', (t) =>
    t.field({
      type: RemapProgress,
      nullable: true,
      description:
        'Progress of filling new columns from stored payloads, in the background; null once all orders have them.',
      resolve: async (_root, _args, { database }) => {
        const progress = await remapProgress(database);
        return progress.ordersDone < progress.ordersTotal ? progress : null;
      },
    }),
  );
}
