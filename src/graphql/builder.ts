import SchemaBuilder from '@pothos/core';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import type { Instant } from '../database/json-rows.js';
import type PrismaTypes from '../generated/pothos.js';
import { getDatamodel } from '../generated/pothos.js';
import { type AuthScopes, authScopes, refuse } from './access.js';
import type { GraphQLContext } from './context.js';
import { requestBudget } from './limits/request-budget.js';
import { checkNodeAccess } from './node-access.js';
import { decodeGlobalId, encodeGlobalId } from './pagination/global-id.js';

export type Builder = ReturnType<typeof createBuilder>;

/**
 * Where the files of this folder register their types. What is reached through the root types is for who is signed in,
 * mutations for an owner; the exceptions say so at their field. Fields are non-null unless they say otherwise.
 */
export function createBuilder() {
  const builder = new SchemaBuilder<{
    Context: GraphQLContext;
    PrismaTypes: PrismaTypes;
    AuthScopes: AuthScopes;
    DefaultFieldNullability: false;
    DefaultEdgesNullability: { list: false; items: false };
    Scalars: {
      DateTime: { Input: Date; Output: Date | Instant };
      Date: { Input: string; Output: string };
      Decimal: { Input: never; Output: string };
      JSON: { Input: never; Output: unknown };
    };
  }>({
    plugins: [ScopeAuthPlugin, RelayPlugin, PrismaPlugin],
    defaultFieldNullability: false,
    prisma: { client: (context) => context.database.prisma, dmmf: getDatamodel() },
    relay: {
      encodeGlobalID: encodeGlobalId,
      decodeGlobalID: decodeGlobalId,
      edgesFieldOptions: { nullable: { list: false, items: false } },
      nodesOnConnection: true,
      nodeTypeOptions: { description: 'What has an id of its own and can be read again by it.' },
      nodeQueryOptions: {
        description: 'The object with this id; null when there is none.',
        resolve: (_root, { id }, context, _info, read) => {
          checkNodeAccess(context, [id]);
          return read(id);
        },
      },
      nodesQueryOptions: {
        description: `The objects with these ids, at most ${requestBudget.maxListLength}, in their order; null where there is none.`,
        resolve: (_root, { ids }, context, _info, read) => {
          checkNodeAccess(context, ids);
          return read(ids);
        },
      },
      pageInfoTypeOptions: { description: 'Where a page lies in its list.' },
    },
    scopeAuth: {
      authScopes,
      authorizeOnSubscribe: true,
      unauthorizedError: (_parent, context, info) => refuse(context, `\`${info.parentType.name}.${info.fieldName}\``),
    },
  });
  builder.queryType({ authScopes: { signedIn: true } });
  builder.mutationType({ authScopes: { owner: true } });
  builder.subscriptionType({ authScopes: { signedIn: true } });
  return builder;
}
