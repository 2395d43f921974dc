import { type Bind, bindings, type Sql } from '../../database/database.js';
import type { OrderPosition, OrderSort } from './order-cursor.js';
import { filterParts, isSearched, type OrderFilter, orderConditions, searchedIds } from './order-filter.js';
import { type OrderRow, orderRows, orderRowsWithItems } from './order-row.js';

export interface OrdersRequest {
  readonly filter: OrderFilter;
  readonly sort: OrderSort;
  /** At most so many orders: the first of the range, or its last with `fromEnd`. */
  readonly limit: number;
  readonly fromEnd: boolean;
  /** The range lies between these positions, both exclusive. */
  readonly after: OrderPosition | null;
  readonly before: OrderPosition | null;
  /** Whether each order comes with its lines, read by the same statement. */
  readonly withItems: boolean;
}

export interface FoundOrders {
  /** In the order of the sort. */
  readonly rows: readonly OrderRow[];
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
}

/** The column that a sort is by. */
export function sortColumn({ field }: OrderSort): string {
  return field === 'PURCHASE_DATE' ? 'purchase_date' : 'last_update_date';
}

/**
 * A page of orders, by one statement. Positions, not offsets, mark the page's bounds, so that orders that arrive
 * between two pages shift neither.
 */
export async function findOrders(sql: Sql, request: OrdersRequest): Promise<FoundOrders> {
  const { text, values } = findOrdersStatement(request);
  const [answer] = await sql.query<{ page: string | null; behind: boolean }>(text, values, {
    prepare: isPlain(request.filter),
  });
  const found: OrderRow[] = JSON.parse(answer?.page ?? '[]').map(rowsOf(request).read);
  const rows = found.slice(0, request.limit);
  const ahead = found.length > request.limit;
  const behind = answer?.behind ?? false;
  return request.fromEnd
    ? { rows: rows.reverse(), hasNext: behind, hasPrevious: ahead }
    : { rows, hasNext: ahead, hasPrevious: behind };
}

function rowsOf({ withItems }: OrdersRequest) {
  return withItems ? orderRowsWithItems : orderRows;
}

/**
 * Whether one plan is good for all values: with dates and beginnings, and where a status and a marketplace could each be
 * the rarer one, the best plan depends on them.
 */
function isPlain({ statuses, marketplaceIds, ...others }: OrderFilter): boolean {
  return !(statuses && marketplaceIds) && Object.values(others).every((value) => value == null);
}

/**
 * Counts the orders that a filter matches, on all pages together. By status and marketplace they are counted already
 * (`order_count`); by other conditions the statement reads each matching order.
 */
export async function countOrders(sql: Sql, filter: OrderFilter): Promise<number> {
  const { bind, values } = bindings();
  const { statuses: _statuses, marketplaceIds: _marketplaceIds, ...others } = filter;
  const isCounted = Object.values(others).every((value) => value == null);
  const counted = isCounted
    ? 'coalesce(sum(orders), 0)::int AS count FROM order_count AS o'
    : 'count(*)::int AS count FROM amazon_order AS o';
  const text = `SELECT ${counted} WHERE ${orderConditions(filter, bind)}`;
  const [row] = await sql.query<{ count: number }>(text, values, { prepare: isCounted && isPlain(filter) });
  return row?.count ?? 0;
}

/**
 * One order more than the page holds tells whether there are more ahead; `behind` whether there are any on the other
 * side of the bound that the page starts at. It is joined, so that an empty page tells it too.
 */
export function findOrdersStatement(request: OrdersRequest): { text: string; values: unknown[] } {
  const { bind, values } = bindings();
  const { sort, fromEnd } = request;
  const column = sortColumn(sort);
  const key = `(o.${column}, o.id)`;
  const rising = (sort.direction === 'ASC') !== fromEnd;
  const [onward, backward] = rising ? ['>', '<='] : ['<', '>='];
  const [start, end] = fromEnd ? [request.before, request.after] : [request.after, request.before];
  const startKey = start && position(start, bind);
  const range = [
    ...(startKey ? [`${key} ${onward} ${startKey}`] : []),
    ...(end ? [`${key} ${rising ? '<' : '>'} ${position(end, bind)}`] : []),
  ];
  const { before, parts } = partsOf(request.filter, bind);
  const order = orderBy(column, rising);
  // The limit stands in the text: of one that it doesn't know, the planner thinks a tenth of the table.
  const limit = `LIMIT ${Math.trunc(request.limit) + 1}`;
  const pages = parts.map(
    (part) => `SELECT * FROM amazon_order AS o WHERE ${[part, ...range].join(' AND ')} ORDER BY ${order} ${limit}`,
  );
  // Sorted, so that an index finds it; of an EXISTS PostgreSQL would take the order away, and may read the whole table.
  const behind = parts.map(
    (part) => `(SELECT true FROM amazon_order AS o WHERE ${part} AND ${key} ${backward} ${startKey}
      ORDER BY ${orderBy(column, !rising)} LIMIT 1) IS NOT NULL`,
  );
  const found =
    pages.length === 1
      ? pages[0]
      : `(${pages.join(')\n  UNION ALL (')})\n  ORDER BY ${orderBy(column, rising, '')} ${limit}`;
  const text = `${before}SELECT ${startKey ? behind.join(' OR ') : 'false'} AS behind,
  (SELECT '[' || string_agg(${rowsOf(request).sql}::text, ',' ORDER BY ${order}) || ']' FROM (
  ${found}
) AS o) AS page`;
  return { text, values };
}

function orderBy(column: string, rising: boolean, table = 'o.'): string {
  const direction = rising ? 'ASC' : 'DESC';
  return `${table}${column} ${direction}, ${table}id ${direction}`;
}

/** So many orders are read and sorted to show a page of them; of more that are found, each in turn is asked whether it is one. */
const FEW = 10_000;

/** Conditions that let different orders through, with what the statement begins with for them. */
function partsOf(filter: OrderFilter, bind: Bind): { before: string; parts: string[] } {
  const parts = filterParts({ ...filter, search: null }).map((part) => orderConditions(part, bind));
  const { search } = filter;
  if (!search?.trim()) return { before: '', parts };
  const before = `WITH found AS MATERIALIZED (${searchedIds(search, bind)} LIMIT ${FEW + 1})\n`;
  const few = `(SELECT count(*) FROM found) <= ${FEW} AND o.id = ANY (ARRAY(SELECT id FROM found))`;
  const many = `(SELECT count(*) FROM found) > ${FEW} AND ${isSearched(search, bind)}`;
  const all = orderConditions({ ...filter, search: null }, bind);
  return { before, parts: [`${few} AND ${all}`, ...parts.map((part) => `${many} AND ${part}`)] };
}

function position({ at, id }: OrderPosition, bind: Bind): string {
  return `(${bind(at)}::timestamptz, ${bind(String(id))}::bigint)`;
}
