import type { Builder } from '../builder.js';
import { newestFirst } from '../pagination/paginate-by-id.js';
import { rowQuery } from '../pagination/row-query.js';

export function addRejectedOrders(builder: Builder): void {
  const RejectedOrder = builder.prismaNode('RejectedOrder', {
    description: 'An order that could not be read, set aside. For owners.',
    nullable: true,
    id: { field: 'id' },
    authScopes: { owner: true },
    fields: (t) => ({
      amazonOrderId: t.exposeString('amazonOrderId', { nullable: true }),
      reason: t.exposeString('reason'),
      payload: t.expose('payload', {
        type: 'JSON',
        nullable: true,
        description: 'What Amazon sent, without personal data; null if Amazon sent null.',
      }),
      run: t.relation('run', { nullable: true, description: 'The run that met it.' }),
      rejectedAt: t.expose('rejectedAt', { type: 'DateTime' }),
    }),
  });

  builder.queryField('rejectedOrders', (t) =>
    t.connection({
      type: RejectedOrder,
      description: 'Orders that could not be read, the newest first. For owners.',
      authScopes: { owner: true },
      resolve: (_root, args, context, info) =>
        newestFirst('rejectedOrders', args, (window) =>
          context.database.prisma.rejectedOrder.findMany({ ...rowQuery(context, info), ...window }),
        ),
    }),
  );
}
