import type { Builder } from '../builder.js';
import { paginateById, rowQuery } from '../pagination/paginate-by-id.js';

export function addAuditLog(builder: Builder): void {
  const AuditEntry = builder.prismaNode('AuditEntry', {
    description: 'An action that changed something, its user and its time. Owners only.',
    nullable: true,
    id: { field: 'id' },
    authScopes: { owner: true },
    fields: (t) => ({
      at: t.expose('at', { type: 'DateTime' }),
      user: t.relation('user', {
        nullable: true,
        description: 'Null if no user was signed in, an API key was used, or the user was deleted.',
      }),
      apiKey: t.relation('apiKey', {
        nullable: true,
        description: 'The API key that did it; null if a user did.',
      }),
      action: t.exposeString('action'),
      detail: t.expose('detail', { type: 'JSON' }),
    }),
  });

  builder.queryField('auditLog', (t) =>
    t.connection({
      type: AuditEntry,
      description: 'The audit log, newest entry first. Owners only.',
      authScopes: { owner: true },
      resolve: (_root, args, context, info) =>
        paginateById('auditLog', args, (window) =>
          context.database.prisma.auditEntry.findMany({ ...rowQuery(context, info), ...window }),
        ),
    }),
  );
}
