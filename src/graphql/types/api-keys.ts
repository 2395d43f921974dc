import type { CreatedApiKey } from '../../accounts/accounts.js';
import { sessionOf } from '../access.js';
import type { Builder } from '../builder.js';
import type { addUsers } from './users.js';

/** API keys: the list, and the mutations that create and revoke them. */
export function addApiKeys(builder: Builder, { Role }: ReturnType<typeof addUsers>): void {
  const ApiKey = builder.prismaNode('ApiKey', {
    description:
      'A key for programs. It does what its role may, but manages neither users, keys, webhooks nor the credential. It belongs to the installation: it stays valid when the user who created it is removed. Owners only.',
    nullable: true,
    id: { field: 'id' },
    authScopes: { owner: true },
    fields: (t) => ({
      name: t.exposeString('name'),
      role: t.expose('role', { type: Role }),
      prefix: t.exposeString('prefix', { description: 'The first letters of the key, to recognise it by.' }),
      createdAt: t.expose('createdAt', { type: 'DateTime' }),
      createdBy: t.relation('createdBy', { nullable: true, description: 'Null once the user was removed.' }),
      lastUsedAt: t.expose('lastUsedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When the key was last used, to the minute; null if never.',
      }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true, description: 'Null: it does not expire.' }),
      revokedAt: t.expose('revokedAt', { type: 'DateTime', nullable: true }),
    }),
  });

  const Created = builder.objectRef<CreatedApiKey>('CreatedApiKey').implement({
    description: 'A new API key.',
    fields: (t) => ({
      apiKey: t.field({ type: ApiKey, resolve: ({ apiKey }) => apiKey }),
      secret: t.exposeString('secret', {
        description: 'The key, which is not stored and not returned again. Send it as `Authorization: Bearer om_…`.',
      }),
    }),
  });

  builder.queryField('apiKeys', (t) =>
    t.prismaField({
      type: [ApiKey],
      description: 'All API keys, revoked and expired ones too, newest first. Owners only, not with an API key.',
      authScopes: { owner: true },
      resolve: (query, _root, _args, context) => {
        sessionOf(context);
        return context.database.prisma.apiKey.findMany({ ...query, orderBy: { id: 'desc' } });
      },
    }),
  );

  builder.mutationFields((t) => ({
    createApiKey: t.field({
      type: Created,
      description: 'Creates an API key and returns it, this one time. Owners only, not with an API key.',
      args: {
        name: t.arg.string({ required: true, description: 'What uses the key; 1 to 100 characters.' }),
        role: t.arg({ type: Role, required: true }),
        expiresAt: t.arg({ type: 'DateTime', description: 'If absent, the key does not expire.' }),
      },
      resolve: (_root, input, context) => context.accounts.createApiKey(sessionOf(context), input),
    }),
    revokeApiKey: t.field({
      type: ApiKey,
      description:
        'Revokes an API key at once: its requests fail, its sockets and subscriptions end. Owners only, not with an API key.',
      args: { id: t.arg.globalID({ for: ApiKey, required: true }) },
      resolve: (_root, { id }, context) => context.accounts.revokeApiKey(sessionOf(context), BigInt(id.id)),
    }),
  }));
}
