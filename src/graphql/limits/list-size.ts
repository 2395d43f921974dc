import { type GraphQLObjectType, type GraphQLSchema, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';
import { requestBudget } from './request-budget.js';

const DAY_MS = 86_400_000;
const MAX_SALES_DAYS = 3_700;
/** Where nothing else is known. */
const USUAL_LENGTH = 10;
/** Lines of an order; most have one. */
const ITEMS = 3;

type Args = Readonly<Record<string, unknown>>;

/**
 * How many objects a list can have, by the arguments of its field, or of the field that it is the page of; for lists
 * without a bound, how many are usual.
 */
export function listSize(
  schema: GraphQLSchema,
  parent: GraphQLObjectType,
  field: string,
  args: Args,
  parentArgs: Args,
): number {
  if (parent.name.startsWith('__')) return introspectionSizes(schema)[`${parent.name}.${field}`] ?? 1;
  if (parent.name.endsWith('Connection')) return pageSize(parentArgs);
  if (Array.isArray(args.ids)) return args.ids.length;
  if (parent.name === 'AmazonOrder') return ITEMS;
  if (typeof args.from === 'string' && typeof args.to === 'string') return days(args.from, args.to);
  return USUAL_LENGTH;
}

/** Sizes out of bounds are refused by the field (page.ts). */
function pageSize({ first, last }: Args): number {
  const size = first ?? last ?? requestBudget.defaultPageSize;
  return typeof size === 'number' ? Math.min(Math.max(size, 0), requestBudget.maxPageSize) : 0;
}

function days(from: string, to: string): number {
  const count = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  return Math.min(Math.max(count, 0), MAX_SALES_DAYS);
}

const sizes = new WeakMap<GraphQLSchema, Record<string, number>>();

/** What the schema's own description has: averages over its types and fields. */
function introspectionSizes(schema: GraphQLSchema): Record<string, number> {
  const known = sizes.get(schema);
  if (known) return known;
  const types = Object.values(schema.getTypeMap());
  const fields = types.flatMap((type) =>
    isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [],
  );
  const inputs = types.flatMap((type) => (isInputObjectType(type) ? Object.values(type.getFields()) : []));
  const made = {
    '__Schema.types': types.length,
    '__Schema.directives': schema.getDirectives().length,
    '__Type.fields': fields.length / types.length,
    '__Type.inputFields': inputs.length / types.length,
    '__Field.args': fields.reduce((sum, { args }) => sum + args.length, 0) / fields.length,
  };
  sizes.set(schema, made);
  return made;
}
