import type { Ping } from '../../connection/connection.js';
import { sessionOf } from '../access.js';
import type { Builder } from '../builder.js';
import type { addMarketplaces } from './marketplaces.js';

export function addPing(builder: Builder, Marketplace: ReturnType<typeof addMarketplaces>): void {
  const SpApiPing = builder.objectRef<Ping>('SpApiPing').implement({
    description: 'How a test call to Amazon went.',
    fields: (t) => ({
      ok: t.exposeBoolean('ok'),
      checkedAt: t.expose('checkedAt', { type: 'DateTime' }),
      error: t.exposeString('error', { nullable: true }),
      errorCode: t.exposeString('errorCode', {
        nullable: true,
        description: 'A code of docs/troubleshooting.md, which says what to do next.',
      }),
      marketplaces: t.field({
        type: [Marketplace],
        description: 'Where the seller participates.',
        resolve: ({ marketplaces }) => [...marketplaces],
      }),
    }),
  });

  builder.mutationField('pingSpApi', (t) =>
    t.field({
      type: SpApiPing,
      description: 'Makes a test call to Amazon. One that fails is an answer (`ok: false`), not an error.',
      resolve: (_root, _args, context) => context.connections.ping(sessionOf(context).user),
    }),
  );
}
