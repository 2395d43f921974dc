import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  getOperationAST,
  isObjectType,
  type OperationDefinitionNode,
} from 'graphql';
import type { Condition, Sql } from '../database/database.js';
import { countOrders, findOrdersAs, type OrdersRequest, sortColumn } from '../orders/find-orders.js';
import { encodeOrderCursor } from '../orders/order-cursor.js';
import { fieldsAsked, keyOf, selectionOf } from './fields-asked.js';
import { checkOperation, type Operation } from './operation-budget.js';
import { orderJson, type Selection } from './order-json.js';
import { type OrdersArguments, ordersRequest } from './orders-request.js';

/** How an operation that asks for a page of orders, and nothing else, is answered. */
interface Plan {
  readonly operation: OperationDefinitionNode;
  readonly field: FieldNode;
  readonly selection: readonly Selection[];
  /** Each selection of orders, with the column that holds its JSON. */
  readonly columns: ReadonlyMap<Selection, `json${number}`>;
  readonly columnsSql: string;
}

interface Row {
  readonly id: bigint;
  /** The date that it is sorted by, in milliseconds since 1970: of most rows nobody asks for it as a date. */
  readonly at: number;
  readonly [json: `json${number}`]: string;
}

/**
 * The answer to an operation that asks for a page of orders and nothing else, as JSON: the database makes the text of
 * each order with its lines, and nothing takes it apart again. Null for whatever else is asked, and where there is
 * something to refuse: GraphQL's own way answers that. Both ways give the same answer.
 * @param onlyIf null where this doesn't hold
 */
export async function answerOrderPage(
  sql: Sql,
  operation: Operation,
  onlyIf: Condition | null = null,
): Promise<string | null> {
  const plan = planOf(operation);
  const request = plan && requestOf(operation, plan);
  if (!request) return null;
  const [{ rows, hasNext, hasPrevious, allowed }, count] = await Promise.all([
    findOrdersAs<Row>(sql, { ...request, onlyIf }, positionSql(request) + plan.columnsSql),
    asks(plan.selection, 'totalCount') ? countOrders(sql, request.filter) : 0,
  ]);
  if (!allowed) return null;
  const cursor = ({ id, at }: Row) => encodeOrderCursor(request.sort, { id, at: new Date(Math.round(at)) });
  const edge = (row: Row) => (selection: Selection) =>
    selection.field === 'cursor' ? JSON.stringify(cursor(row)) : (row[columnOf(plan, selection)] ?? 'null');
  const cursorAt = (index: number) => {
    const row = rows.at(index);
    return row ? JSON.stringify(cursor(row)) : 'null';
  };
  const pageInfo: Record<string, () => string> = {
    hasNextPage: () => String(hasNext),
    hasPreviousPage: () => String(hasPrevious),
    startCursor: () => cursorAt(0),
    endCursor: () => cursorAt(-1),
  };
  const connection: Record<string, (selection: Selection) => string> = {
    totalCount: () => String(count),
    nodes: (selection) => list(rows, (row) => row[columnOf(plan, selection)] ?? 'null'),
    edges: ({ of }) => list(rows, (row) => object('QueryOrdersConnectionEdge', of, edge(row))),
    pageInfo: ({ of }) => object('PageInfo', of, ({ field }) => pageInfo[field]?.() ?? 'null'),
  };
  const orders = object(
    'QueryOrdersConnection',
    plan.selection,
    (selection) => connection[selection.field]?.(selection) ?? 'null',
  );
  return `{"data":{"${keyOf(plan.field)}":${orders}}}`;
}

function object(typename: string, selection: readonly Selection[], value: (of: Selection) => string): string {
  const parts = selection.map((of) => `"${of.key}":${of.field === '__typename' ? `"${typename}"` : value(of)}`);
  return `{${parts.join(',')}}`;
}

function list(rows: readonly Row[], value: (row: Row) => string): string {
  return `[${rows.map(value).join(',')}]`;
}

function columnOf({ columns }: Plan, selection: Selection) {
  return columns.get(selection) ?? 'json0';
}

/** Null where variables or arguments are wrong, or beyond the budget: GraphQL's own way reports that. */
function requestOf(operation: Operation, plan: Plan) {
  const definition = operation.schema.getQueryType()?.getFields()[plan.field.name.value];
  const checked = checkOperation(operation, plan.operation);
  if (!definition || 'error' in checked) return null;
  try {
    return ordersRequest(getArgumentValues(definition, plan.field, checked.coerced) as OrdersArguments);
  } catch {
    return null;
  }
}

/** Yoga keeps the documents that it has parsed; as long as it does, their plans are kept. */
const plans = new WeakMap<DocumentNode, Map<string, Plan | null>>();

function planOf({ schema, document, operationName }: Operation): Plan | null {
  const name = operationName ?? '';
  const ofDocument = plans.get(document) ?? new Map<string, Plan | null>();
  plans.set(document, ofDocument);
  let plan = ofDocument.get(name);
  if (plan === undefined) {
    plan = makePlan(schema, document, getOperationAST(document, operationName));
    // A name that isn't in the document may be anything.
    if (plan) ofDocument.set(name, plan);
    else if (ofDocument.size < document.definitions.length) ofDocument.set(name, null);
  }
  return plan;
}

function makePlan(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode | null | undefined,
): Plan | null {
  const query = schema.getQueryType();
  if (!query || operation?.operation !== 'query' || operation.directives?.length) return null;
  const [field, ...more] = fieldsAsked(document, query, operation.selectionSet) ?? [];
  if (field?.name.value !== 'orders' || !field.selectionSet || more.length > 0) return null;
  const type = getNamedType(query.getFields().orders?.type);
  const selection = isObjectType(type) ? selectionOf(document, type, field.selectionSet) : null;
  if (!selection) return null;

  const ofOrders = selection.flatMap((of) =>
    of.field === 'nodes' ? [of] : of.field === 'edges' ? of.of.filter(({ field }) => field === 'node') : [],
  );
  const sql = ofOrders.map(({ of }) => orderJson(of));
  if (sql.includes(null)) return null;
  const columns = new Map(ofOrders.map((of, index) => [of, `json${index}` as const]));
  const columnsSql = sql.map((json, index) => `,\n  ${json} AS json${index}`).join('');
  return { operation, field, selection, columns, columnsSql };
}

function positionSql({ sort }: OrdersRequest): string {
  return `o.id, date_part('epoch', o.${sortColumn(sort)}) * 1000 AS at`;
}

function asks(selection: readonly Selection[], name: string): boolean {
  return selection.some(({ field }) => field === name);
}
