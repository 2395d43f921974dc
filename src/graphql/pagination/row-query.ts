import { queryFromInfo } from '@pothos/plugin-prisma';
import type { GraphQLResolveInfo } from 'graphql';
import type { GraphQLContext } from '../context.js';

/** What else `findMany` needs for the rows of a connection: an `include` of the relations that were asked for, or nothing. */
export function rowQuery(context: GraphQLContext, info: GraphQLResolveInfo): object {
  return queryFromInfo({ context, info, paths: [['nodes'], ['edges', 'node']] });
}
