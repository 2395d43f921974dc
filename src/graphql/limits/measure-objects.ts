import {
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql';
import { requestBudget } from './request-budget.js';

/** Weight of a scalar field, as a part of an object. */
const SCALAR = 0.1;
/** Weight of a JSON field: a document of some kB. */
const JSON_VALUE = 10;
/** Steps of one measurement: nested fragments multiply. */
const MAX_STEPS = 5 * requestBudget.maxTokens;
/** Size of a list without a bound or an average. */
const DEFAULT_LIST_SIZE = 10;
/** Usual sizes of the lists of these types. Most orders have one item. */
const LIST_SIZES: Readonly<Record<string, number>> = {
  AmazonOrder: 3,
  AmazonOrderItem: 1,
  OrderProceeds: 3,
  ItemProceeds: 3,
  ProceedsBreakdown: 2,
  OrderPackage: 3,
};
/** A row of `sales` has no lists and no objects: it takes half the time. */
const SALES_ROW = 0.5;
const DAY_MS = 86_400_000;
const MAX_SALES_DAYS = 3_700;

type Args = Readonly<Record<string, unknown>>;
type CheckArguments = (args: Args, node: FieldNode) => void;

interface Measurement {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly variables: Args;
  readonly checkArguments: CheckArguments;
  steps: number;
}

/**
 * Returns how many objects an operation can ask for: for each field, the product of the sizes of the lists around it. A
 * scalar counts a tenth, a JSON document ten. `Infinity` if counting takes too many steps.
 * @param checkArguments called with the arguments of each field; what it throws is passed on
 */
export function measureObjects(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Args,
  checkArguments: CheckArguments,
): number {
  const root = schema.getRootType(operation.operation);
  if (!root) return 0;
  return below({ schema, document, variables, checkArguments, steps: 0 }, root, [operation.selectionSet], {});
}

/** Measures what is selected of one object. `args` are those of the field that returns it. */
function below(
  measurement: Measurement,
  type: GraphQLCompositeType,
  sets: readonly SelectionSetNode[],
  args: Args,
): number {
  if (isAbstractType(type)) {
    const possible = measurement.schema.getPossibleTypes(type);
    return Math.max(0, ...possible.map((one) => below(measurement, one, sets, args)));
  }
  let objects = 0;
  for (const nodes of fieldsOf(measurement, type, sets).values()) {
    measurement.steps += 1;
    if (measurement.steps > MAX_STEPS) return Number.POSITIVE_INFINITY;
    objects += ofField(measurement, type, nodes, args);
  }
  return objects;
}

function ofField(
  measurement: Measurement,
  parent: GraphQLObjectType,
  nodes: readonly FieldNode[],
  parentArgs: Args,
): number {
  const { schema, variables, checkArguments } = measurement;
  const [node] = nodes;
  const field = node && fieldOf(schema, parent, node.name.value);
  if (!node || !field) return 0;
  const args = argumentsOf(field, node, variables);
  checkArguments(args, node);
  const type = getNamedType(field.type);
  if (!isCompositeType(type)) return type.name === 'JSON' ? JSON_VALUE : SCALAR;
  const isList = isListType(getNullableType(field.type));
  const size = isList || parent.name.startsWith('__') ? sizeOf(schema, parent, field.name, args, parentArgs) : 1;
  const sets = nodes.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : []));
  return size * (1 + below(measurement, type, sets, args));
}

/** Groups an object's fields by response name, as execution does. */
function fieldsOf(
  { schema, document, variables }: Measurement,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  const visited = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (isSkipped(selection, variables)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        const group = fields.get(key);
        if (group) group.push(selection);
        else fields.set(key, [selection]);
        continue;
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        if (visited.has(selection.name.value)) continue;
        visited.add(selection.name.value);
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragmentOf(document, selection.name.value);
      if (fragment && applies(schema, fragment.typeCondition?.name.value, type)) collect(fragment.selectionSet);
    }
  };
  for (const set of sets) collect(set);
  return fields;
}

function isSkipped(selection: SelectionNode, variables: Args): boolean {
  if (!selection.directives?.length) return false;
  const conditionOf = (directive: typeof GraphQLSkipDirective) =>
    getDirectiveValues(directive, selection, variables)?.if;
  return conditionOf(GraphQLSkipDirective) === true || conditionOf(GraphQLIncludeDirective) === false;
}

function applies(schema: GraphQLSchema, condition: string | undefined, type: GraphQLObjectType): boolean {
  if (condition === undefined || condition === type.name) return true;
  const named = schema.getType(condition);
  return isAbstractType(named) && schema.isSubType(named, type);
}

function fragmentOf({ definitions }: DocumentNode, name: string) {
  for (const definition of definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name) return definition;
  return undefined;
}

function fieldOf(
  schema: GraphQLSchema,
  parent: GraphQLObjectType,
  name: string,
): GraphQLField<unknown, unknown> | undefined {
  const known = parent.getFields()[name];
  if (known) return known;
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef;
  if (parent !== schema.getQueryType()) return undefined;
  return [SchemaMetaFieldDef, TypeMetaFieldDef].find((meta) => meta.name === name);
}

/** Returns {} for invalid arguments: execution reports them. */
function argumentsOf(field: GraphQLField<unknown, unknown>, node: FieldNode, variables: Args): Args {
  if (field.args.length === 0) return {};
  try {
    return getArgumentValues(field, node, variables);
  } catch {
    return {};
  }
}

/**
 * Returns the largest size of a list by the arguments of its field or, in a connection, of the parent; else a usual size. Of
 * introspection: the average size of any field.
 */
function sizeOf(schema: GraphQLSchema, parent: GraphQLObjectType, field: string, args: Args, parentArgs: Args): number {
  if (parent.name.startsWith('__')) return introspectionSizes(schema)[`${parent.name}.${field}`] ?? 1;
  if (parent.name.endsWith('Connection')) return pageSize(parentArgs);
  if (Array.isArray(args.ids)) return args.ids.length;
  const usual = LIST_SIZES[parent.name];
  if (usual !== undefined) return usual;
  if (field === 'sales') return SALES_ROW * salesRows(args);
  if (field === 'salesByDay') return salesDays(args);
  return DEFAULT_LIST_SIZE;
}

function salesDays({ from, to }: Args): number {
  const days = (Date.parse(String(to)) - Date.parse(String(from))) / DAY_MS + 1;
  return Math.min(Math.max(days || 0, 0), MAX_SALES_DAYS);
}

/** Without `first`: as many as there are days, and with dimensions as many as the field allows. */
function salesRows(args: Args): number {
  if (typeof args.first === 'number') return Math.min(Math.max(args.first, 0), requestBudget.maxSalesRows);
  return Array.isArray(args.by) && args.by.length > 0 ? requestBudget.maxSalesRows : salesDays(args);
}

/** Sizes out of bounds are rejected by the field (page.ts). */
function pageSize({ first, last }: Args): number {
  const size = first ?? last ?? requestBudget.defaultPageSize;
  return typeof size === 'number' ? Math.min(Math.max(size, 0), requestBudget.maxPageSize) : 0;
}

const sizes = new WeakMap<GraphQLSchema, Record<string, number>>();

/**
 * Returns the sizes of fields of introspection: totals of the schema, averages over its types and fields. `ofType` is null for
 * a type that is neither a list nor non-null: few of the nine levels that clients ask for exist.
 */
function introspectionSizes(schema: GraphQLSchema): Record<string, number> {
  const known = sizes.get(schema);
  if (known) return known;
  const types = Object.values(schema.getTypeMap());
  const fields = types.flatMap((type) =>
    isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [],
  );
  const inputs = types.flatMap((type) => (isInputObjectType(type) ? Object.values(type.getFields()) : []));
  const references = [...fields, ...fields.flatMap(({ args }) => args), ...inputs].map(({ type }) => String(type));
  const wrappers = references.reduce((sum, type) => sum + (type.match(/[[!]/g)?.length ?? 0), 0);
  const counted = {
    '__Type.ofType': wrappers / (wrappers + references.length),
    '__Schema.types': types.length,
    '__Schema.directives': schema.getDirectives().length,
    '__Type.fields': fields.length / types.length,
    '__Type.inputFields': inputs.length / types.length,
    '__Field.args': fields.reduce((sum, { args }) => sum + args.length, 0) / fields.length,
  };
  sizes.set(schema, counted);
  return counted;
}
