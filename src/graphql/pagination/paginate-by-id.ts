import { queryFromInfo } from '@pothos/plugin-prisma';
import type { GraphQLResolveInfo } from 'graphql';
import { UserError } from '../../core/errors.js';
import type { GraphQLContext } from '../context.js';
import { type PageArguments, readPageArguments, toConnection } from './page.js';

/** Arguments of Prisma's `findMany` for a page. */
export interface IdWindow {
  readonly where: { readonly id?: { readonly gt?: bigint; readonly lt?: bigint } };
  readonly orderBy: { readonly id: 'asc' | 'desc' };
  readonly take: number;
}

/**
 * Returns a page of a table with ascending ids, newest row first.
 * @param list name of the list in its cursors
 * @throws {UserError} BAD_USER_INPUT
 */
export async function paginateById<Row extends { readonly id: bigint }>(
  list: string,
  args: PageArguments,
  find: (window: IdWindow) => Promise<Row[]>,
) {
  const { limit, fromEnd, ...bounds } = readPageArguments(args);
  const after = bounds.after === null ? null : decode(list, bounds.after);
  const before = bounds.before === null ? null : decode(list, bounds.before);
  const found = await find({
    where: { id: { ...(after === null ? {} : { lt: after }), ...(before === null ? {} : { gt: before }) } },
    orderBy: { id: fromEnd ? 'asc' : 'desc' },
    take: limit + 1,
  });
  const rows = found.slice(0, limit);
  const more = found.length > limit;
  const page = fromEnd
    ? { rows: rows.reverse(), hasNext: before !== null, hasPrevious: more }
    : { rows, hasNext: more, hasPrevious: after !== null };
  return toConnection(page, ({ id }) => encode(list, id));
}

/** Returns the arguments of `findMany` for what the operation selects of a connection's rows: an `include`, or nothing. */
export function rowQuery(context: GraphQLContext, info: GraphQLResolveInfo): object {
  return queryFromInfo({ context, info, paths: [['nodes'], ['edges', 'node']] });
}

function encode(list: string, id: bigint): string {
  return Buffer.from(`${list}:${id}`).toString('base64url');
}

function decode(list: string, cursor: string): bigint {
  const [, name, id] = /^(\w+):(\d{1,18})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (name === list && id !== undefined) return BigInt(id);
  throw new UserError(
    'BAD_USER_INPUT',
    `The cursor is not one of \`${list}\`. Use a value of \`pageInfo\` or \`edges\`.`,
  );
}
