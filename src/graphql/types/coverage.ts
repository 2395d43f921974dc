import { type Coverage, type Gap, gapKinds, readCoverage } from '../../sync/plan/coverage.js';
import type { Builder } from '../builder.js';

/** What the mirror can vouch for. */
export function addCoverage(builder: Builder): void {
  const Kind = builder.enumType('CoverageGapKind', { values: gapKinds });

  const CoverageGap = builder.objectRef<Gap>('CoverageGap').implement({
    description: 'An interval of update times whose orders are not proven to be in.',
    fields: (t) => ({
      kind: t.expose('kind', { type: Kind }),
      from: t.expose('from', { type: 'DateTime', nullable: true, description: 'Null: since ever.' }),
      until: t.expose('until', { type: 'DateTime', nullable: true, description: 'Null: until now.' }),
      reason: t.exposeString('reason', { description: 'What it means, and what closes it.' }),
    }),
  });

  const MarketplaceCoverage = builder.objectRef<Coverage>('MarketplaceCoverage').implement({
    description: "Between which instants every update of a marketplace's orders is known to be in the mirror.",
    fields: (t) => ({
      marketplaceId: t.exposeString('marketplaceId'),
      provenFrom: t.expose('provenFrom', { type: 'DateTime', nullable: true }),
      provenUntil: t.expose('provenUntil', { type: 'DateTime', nullable: true }),
      itemsProvenFrom: t.expose('itemsProvenFrom', { type: 'DateTime', nullable: true }),
      itemsProvenUntil: t.expose('itemsProvenUntil', { type: 'DateTime', nullable: true }),
      gaps: t.field({ type: [CoverageGap], resolve: ({ gaps }) => [...gaps] }),
    }),
  });

  builder.queryField('coverage', (t) =>
    t.field({
      type: [MarketplaceCoverage],
      description:
        "What is proven to be in, of each of the connection's marketplaces, and what is not, with the reason.",
      resolve: async (_root, _args, { database, connections }) => {
        const connection = await connections.read();
        return connection ? readCoverage(database, connection.marketplaceIds) : [];
      },
    }),
  );
}
