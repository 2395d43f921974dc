import { type Bind, bindings, type Sql } from '../../database/database.js';
import { type MirroredOrder, orderRows, type SelectedMembers } from './mirrored-order.js';
import { NO_SHIP_BY, type OrderPosition, type OrderSort } from './order-cursor.js';
import { filterParts, type OrderFilter, orderConditions, splitRareCondition } from './order-filter.js';

export interface OrdersRequest {
  readonly filter: OrderFilter;
  readonly sort: OrderSort;
  /** Maximum number of orders: the first of the range, or the last with `fromEnd`. */
  readonly limit: number;
  readonly fromEnd: boolean;
  /** Bounds of the range, both exclusive. */
  readonly after: OrderPosition | null;
  readonly before: OrderPosition | null;
  /** What the statement reads of each order. */
  readonly selected: SelectedMembers;
  /** Whether it counts the orders that the filter matches, on all pages together. */
  readonly withCount: boolean;
}

export interface FoundOrders {
  /** In the order of the sort. */
  readonly rows: readonly MirroredOrder[];
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
  /** Null unless asked for. */
  readonly count: number | null;
}

/** SQL of what a sort orders by. */
const SORT_KEYS: Readonly<Record<OrderSort['field'], string>> = {
  PURCHASE_DATE: 'o.purchase_date',
  LAST_UPDATE_DATE: 'o.last_update_date',
  SHIP_BY: `coalesce(o.ship_by_latest, timestamptz '${NO_SHIP_BY}')`,
};

/**
 * Reads a page of orders with one statement. Keyset pagination: orders that arrive between two pages shift neither.
 */
export async function findOrders(sql: Sql, request: OrdersRequest): Promise<FoundOrders> {
  const { text, values } = findOrdersStatement(request);
  const [answer] = await sql.query<{ page: string | null; before: boolean; count: number | null }>(text, values, {
    prepare: fitsOnePlan(request.filter) && 'requested',
  });
  const found: MirroredOrder[] = JSON.parse(answer?.page ?? '[]').map(orderRows(request.selected).read);
  const rows = found.slice(0, request.limit);
  const hasMore = found.length > request.limit;
  const hasBefore = answer?.before ?? false;
  const count = answer?.count ?? null;
  return request.fromEnd
    ? { rows: rows.reverse(), hasNext: hasBefore, hasPrevious: hasMore, count }
    : { rows, hasNext: hasMore, hasPrevious: hasBefore, count };
}

/**
 * Returns whether one prepared plan fits all values. The best plan for dates and searches, and for a status together with
 * a marketplace, depends on the values.
 */
function fitsOnePlan({ statuses, marketplaceIds, ...others }: OrderFilter): boolean {
  return !(statuses && marketplaceIds) && Object.values(others).every((value) => value == null);
}

/**
 * Returns SQL: the number of orders that a filter matches. By status and marketplace they are counted already
 * (`order_count`); by other conditions each matching order is read.
 */
function countSql(filter: OrderFilter, bind: Bind): string {
  const { statuses: _statuses, marketplaceIds: _marketplaceIds, ...others } = filter;
  const isCounted = Object.values(others).every((value) => value == null);
  const counted = isCounted
    ? 'coalesce(sum(orders), 0)::int FROM order_count AS o'
    : 'count(*)::int FROM amazon_order AS o';
  return `(SELECT ${counted} WHERE ${orderConditions(filter, bind)})`;
}

/**
 * Builds the statement of a page. It reads one order more than the page holds, which shows whether there is a next page;
 * `before` is whether there are orders on the other side of the bound that the page starts at.
 */
export function findOrdersStatement(request: OrdersRequest): { text: string; values: unknown[] } {
  const { bind, values } = bindings();
  const { sort, fromEnd } = request;
  const column = SORT_KEYS[sort.field];
  const key = `(${column}, o.id)`;
  const ascending = (sort.direction === 'ASC') !== fromEnd;
  const [forward, backward] = ascending ? ['>', '<='] : ['<', '>='];
  const [start, end] = fromEnd ? [request.before, request.after] : [request.after, request.before];
  const startKey = start && position(start, bind);
  const range = [
    ...(startKey ? [`${key} ${forward} ${startKey}`] : []),
    ...(end ? [`${key} ${ascending ? '<' : '>'} ${position(end, bind)}`] : []),
  ];
  const { prefix, parts } = partsOf(request.filter, bind);
  const order = orderBy(column, ascending);
  // A literal limit: for a parameter the planner assumes a tenth of the table.
  const limit = `LIMIT ${Math.trunc(request.limit) + 1}`;
  const pages = parts.map(
    (part) => `SELECT * FROM amazon_order AS o WHERE ${[part, ...range].join(' AND ')} ORDER BY ${order} ${limit}`,
  );
  // With ORDER BY an index finds the row; PostgreSQL drops ORDER BY from an EXISTS, and may then scan the table.
  const beforeStart = parts.map(
    (part) => `(SELECT true FROM amazon_order AS o WHERE ${part} AND ${key} ${backward} ${startKey}
      ORDER BY ${orderBy(column, !ascending)} LIMIT 1) IS NOT NULL`,
  );
  const found =
    pages.length === 1
      ? pages[0]
      : `SELECT * FROM ((${pages.join(')\n  UNION ALL (')})) AS o\n  ORDER BY ${order} ${limit}`;
  const count = request.withCount ? countSql(request.filter, bind) : 'NULL::int';
  const text = `${prefix}SELECT ${startKey ? beforeStart.join(' OR ') : 'false'} AS before, ${count} AS count,
  (SELECT '[' || string_agg(${orderRows(request.selected).sql}::text, ',' ORDER BY ${order}) || ']' FROM (
  ${found}
) AS o) AS page`;
  return { text, values };
}

function orderBy(column: string, ascending: boolean): string {
  const direction = ascending ? 'ASC' : 'DESC';
  return `${column} ${direction}, o.id ${direction}`;
}

/** Up to this many matches of a rare condition are sorted; with more, orders are read in the order of the sort and tested. */
const MAX_SORTED_MATCHES = 10_000;

/** Returns conditions that match disjoint sets of orders, and the WITH that they need before the statement. */
function partsOf(filter: OrderFilter, bind: Bind): { prefix: string; parts: string[] } {
  const { rare, others } = splitRareCondition(filter, bind);
  const parts = filterParts(others).map((part) => orderConditions(part, bind));
  if (!rare) return { prefix: '', parts };
  const prefix = `WITH found AS MATERIALIZED (${rare.ids} LIMIT ${MAX_SORTED_MATCHES + 1})\n`;
  const few = `(SELECT count(*) FROM found) <= ${MAX_SORTED_MATCHES} AND o.id = ANY (ARRAY(SELECT id FROM found))`;
  const many = `(SELECT count(*) FROM found) > ${MAX_SORTED_MATCHES} AND ${rare.test}`;
  const all = orderConditions(others, bind);
  return { prefix, parts: [`${few} AND ${all}`, ...parts.map((part) => `${many} AND ${part}`)] };
}

function position({ at, id }: OrderPosition, bind: Bind): string {
  return `(${bind(at)}::timestamptz, ${bind(String(id))}::bigint)`;
}
