import SchemaBuilder from '@pothos/core';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import type { Instant } from '../database/json-rows.js';
import type PrismaTypes from '../generated/pothos.js';
import { getDatamodel } from '../generated/pothos.js';
import { type AuthScopes, accessError, authScopes, checkNodeAccess } from './access.js';
import type { GraphQLContext } from './context.js';
import { requestBudget } from './limits/request-budget.js';
import { decodeGlobalId, encodeGlobalId } from './pagination/global-id.js';

export type Builder = ReturnType<typeof createBuilder>;

/**
 * Creates the schema builder. By default queries and subscriptions require a session, mutations an owner, and fields are
 * non-null; exceptions are declared at their field.
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
      nodeTypeOptions: { description: 'An object with a globally unique id, by which `node` returns it.' },
      nodeQueryOptions: {
        description: 'The object with this id, or null.',
        resolve: (_root, { id }, context, _info, read) => {
          checkNodeAccess(context, [id]);
          return read(id);
        },
      },
      nodesQueryOptions: {
        description: `The objects with these ids (at most ${requestBudget.maxListLength}) in the same order; null for an id without an object.`,
        resolve: (_root, { ids }, context, _info, read) => {
          checkNodeAccess(context, ids);
          return read(ids);
        },
      },
      pageInfoTypeOptions: { description: 'Position of a page in its list.' },
    },
    scopeAuth: {
      authScopes,
      authorizeOnSubscribe: true,
      unauthorizedError: (_parent, context, info) =>
        accessError(context, `\`${info.parentType.name}.${info.fieldName}\``),
    },
  });
  builder.queryType({ authScopes: { signedIn: true } });
  builder.mutationType({ authScopes: { owner: true } });
  builder.subscriptionType({ authScopes: { signedIn: true } });
  return builder;
}
