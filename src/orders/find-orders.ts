import type { Sql } from '../database/database.js';
import type { OrderPosition, OrderSort } from './order-cursor.js';
import { type Bind, bindings, instant, type OrderFilter, orderConditions } from './order-filter.js';
import { type OrderRow, orderColumns } from './order-row.js';

export interface OrdersRequest {
  readonly filter: OrderFilter;
  readonly sort: OrderSort;
  /** At most so many orders: the first of the range, or its last with `fromEnd`. */
  readonly limit: number;
  readonly fromEnd: boolean;
  /** The range lies between these positions, both exclusive. */
  readonly after: OrderPosition | null;
  readonly before: OrderPosition | null;
}

export interface FoundOrders {
  /** In the order of the sort. */
  readonly rows: readonly OrderRow[];
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
}

/**
 * A page of orders, by one statement. Positions, not offsets, mark the page's bounds, so that orders that arrive
 * between two pages shift neither.
 */
export async function findOrders(sql: Sql, request: OrdersRequest): Promise<FoundOrders> {
  const { text, values } = findOrdersStatement(request);
  const answer = await sql.query<{ [name in keyof OrderRow]: OrderRow[name] | null } & { behind: boolean }>(
    text,
    values,
  );
  const found = answer.filter((row): row is OrderRow & { behind: boolean } => row.id !== null);
  const rows = found.slice(0, request.limit);
  const ahead = found.length > request.limit;
  const behind = answer[0]?.behind ?? false;
  return request.fromEnd
    ? { rows: rows.reverse(), hasNext: behind, hasPrevious: ahead }
    : { rows, hasNext: ahead, hasPrevious: behind };
}

/** How many orders the filter lets through, on all pages together. */
export async function countOrders(sql: Sql, filter: OrderFilter): Promise<number> {
  const { bind, values } = bindings();
  const text = `SELECT count(*)::int AS count FROM amazon_order AS o WHERE ${orderConditions(filter, bind)}`;
  const [row] = await sql.query<{ count: number }>(text, values);
  return row?.count ?? 0;
}

/**
 * One order more than the page holds tells whether there are more ahead; `behind` whether there are any on the other
 * side of the bound that the page starts at. It is joined, so that an empty page tells it too.
 */
export function findOrdersStatement(request: OrdersRequest): { text: string; values: unknown[] } {
  const { bind, values } = bindings();
  const { sort, fromEnd } = request;
  const column = sort.field === 'PURCHASE_DATE' ? 'o.purchase_date' : 'o.last_update_date';
  const key = `(${column}, o.id)`;
  const rising = (sort.direction === 'ASC') !== fromEnd;
  const [onward, backward] = rising ? ['>', '<='] : ['<', '>='];
  const [start, end] = fromEnd ? [request.before, request.after] : [request.after, request.before];

  const filter = orderConditions(request.filter, bind);
  const startKey = start && position(start, bind);
  const conditions = [
    filter,
    ...(startKey ? [`${key} ${onward} ${startKey}`] : []),
    ...(end ? [`${key} ${rising ? '<' : '>'} ${position(end, bind)}`] : []),
  ];
  const order = rising ? 'ASC' : 'DESC';
  // Sorted, so that an index finds it; of an EXISTS PostgreSQL would take the order away, and may read the whole table.
  const behind = startKey
    ? `(SELECT true FROM amazon_order AS o WHERE ${filter} AND ${key} ${backward} ${startKey}
      ORDER BY ${column} ${rising ? 'DESC' : 'ASC'}, o.id ${rising ? 'DESC' : 'ASC'} LIMIT 1) IS NOT NULL`
    : 'false';
  const text = `SELECT page.*, edge.behind
FROM (SELECT ${behind} AS behind) AS edge
LEFT JOIN (
  SELECT ${orderColumns}
  FROM amazon_order AS o
  WHERE ${conditions.join(' AND ')}
  ORDER BY ${column} ${order}, o.id ${order}
  LIMIT ${bind(request.limit + 1)}::int
) AS page ON true
ORDER BY page."${sort.field === 'PURCHASE_DATE' ? 'purchaseDate' : 'lastUpdateDate'}" ${order}, page.id ${order}`;
  return { text, values };
}

function position({ at, id }: OrderPosition, bind: Bind): string {
  return `(${instant(at, bind)}, ${bind(String(id))}::bigint)`;
}
