import type { Builder } from '../builder.js';
import { paginateById, rowQuery } from '../pagination/paginate-by-id.js';

export function addRejectedOrders(builder: Builder): void {
  const RejectedOrder = builder.prismaNode('RejectedOrder', {
    description: 'An order from Amazon that could not be parsed. Owners only.',
    nullable: true,
    id: { field: 'id' },
    authScopes: { owner: true },
    fields: (t) => ({
      amazonOrderId: t.exposeString('amazonOrderId', { nullable: true }),
      reason: t.exposeString('reason'),
      payload: t.expose('payload', {
        type: 'JSON',
        nullable: true,
        description: 'The payload from Amazon, without personal data; null if Amazon sent null.',
      }),
      run: t.relation('run', { nullable: true, description: 'The run that read the order.' }),
      rejectedAt: t.expose('rejectedAt', { type: 'DateTime' }),
    }),
  });

  builder.queryField('rejectedOrders', (t) =>
    t.connection({
      type: RejectedOrder,
      description: 'Orders that could not be parsed, newest first. Owners only.',
      authScopes: { owner: true },
      resolve: (_root, args, context, info) =>
        paginateById('rejectedOrders', args, (window) =>
          context.database.prisma.rejectedOrder.findMany({ ...rowQuery(context, info), ...window }),
        ),
    }),
  );
}
