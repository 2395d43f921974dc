import type { Builder } from '../builder.js';
import { newestFirst } from '../pagination/paginate-by-id.js';
import { rowQuery } from '../pagination/row-query.js';

export function addAuditLog(builder: Builder): void {
  const AuditEntry = builder.prismaNode('AuditEntry', {
    description: 'Something that was done here, by whom and when. For owners.',
    nullable: true,
    id: { field: 'id' },
    authScopes: { owner: true },
    fields: (t) => ({
      at: t.expose('at', { type: 'DateTime' }),
      user: t.relation('user', { nullable: true, description: 'Null when nobody was signed in, or the user is gone.' }),
      action: t.exposeString('action'),
      detail: t.expose('detail', { type: 'JSON' }),
    }),
  });

  builder.queryField('auditLog', (t) =>
    t.connection({
      type: AuditEntry,
      description: 'What was done here, the newest first. For owners.',
      authScopes: { owner: true },
      resolve: (_root, args, context, info) =>
        newestFirst('auditLog', args, (window) =>
          context.database.prisma.auditEntry.findMany({ ...rowQuery(context, info), ...window }),
        ),
    }),
  );
}
