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
  isListType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql';
import { checkArguments } from './check-arguments.js';
import { listSize } from './list-size.js';
import { requestBudget } from './request-budget.js';

/** A plain field, as a part of an object. */
const LEAF = 0.1;
/** A field of type JSON: a document of some kB. */
const JSON_VALUE = 10;
/** Steps of one measurement: fragments in fragments multiply without it. */
const MAX_STEPS = 5 * requestBudget.maxTokens;

type Args = Readonly<Record<string, unknown>>;

interface Measurement {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly variables: Args;
  steps: number;
}

/**
 * How many objects an operation can ask for: the sum over all of its fields of the sizes of lists around them. Plain
 * fields count a tenth, JSON documents ten. `Infinity` where it takes too long to count.
 * @throws {GraphQLError} BAD_USER_INPUT for a list or a text beyond the budget (check-arguments.ts)
 */
export function measureObjects(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Args,
): number {
  const root = schema.getRootType(operation.operation);
  if (!root) return 0;
  return below({ schema, document, variables, steps: 0 }, root, [operation.selectionSet], {});
}

/** Of what is asked of one object. `args` are those of the field that it came from. */
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
  const [node] = nodes;
  const field = node && fieldOf(measurement.schema, parent, node.name.value);
  if (!node || !field) return 0;
  const args = argumentsOf(field, node, measurement.variables);
  checkArguments(args, node);
  const type = getNamedType(field.type);
  if (!isCompositeType(type)) return type.name === 'JSON' ? JSON_VALUE : LEAF;
  const isList = isListType(getNullableType(field.type));
  const size = isList ? listSize(measurement.schema, parent, field.name, args, parentArgs) : 1;
  const sets = nodes.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : []));
  return size * (1 + below(measurement, type, sets, args));
}

/** The fields of an object by their names in the answer, as execution collects them. */
function fieldsOf(
  { schema, document, variables }: Measurement,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  const visited = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (isLeftOut(selection, variables)) continue;
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

function isLeftOut(selection: SelectionNode, variables: Args): boolean {
  if (!selection.directives?.length) return false;
  const given = (directive: typeof GraphQLSkipDirective) => getDirectiveValues(directive, selection, variables)?.if;
  return given(GraphQLSkipDirective) === true || given(GraphQLIncludeDirective) === false;
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

/** Empty where they are wrong: execution reports that. */
function argumentsOf(field: GraphQLField<unknown, unknown>, node: FieldNode, variables: Args): Args {
  if (field.args.length === 0) return {};
  try {
    return getArgumentValues(field, node, variables);
  } catch {
    return {};
  }
}
