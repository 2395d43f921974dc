import { bindings, type Sql } from '../../database/database.js';
import { IS_SOLD, type OrderFilter, orderConditions, UNKNOWN_PRICE } from './order-filter.js';

/** Sums of the orders that a filter matches, in a currency. */
export interface OrderTotals {
  /** ISO 4217; `XXX` if unknown. */
  readonly currencyCode: string;
  readonly orders: number;
  /** Exact decimal: the sum of the known totals of orders. */
  readonly orderTotal: string;
  /** Orders in the sales: with items, not cancelled, sold on Amazon. */
  readonly soldOrders: number;
  readonly units: bigint;
  /** Exact decimal, as the sales have it. */
  readonly revenue: string;
  /** Sold orders whose total, or the price of an item, is unknown. */
  readonly unknownPriceOrders: number;
}

/** Returns the sums by currency, the one with the most orders first. Adds up each order: seconds for a million. */
export async function readOrderTotals(sql: Sql, filter: OrderFilter): Promise<OrderTotals[]> {
  const { bind, values } = bindings();
  return sql.query<OrderTotals>(
    `WITH matched AS MATERIALIZED (
       SELECT o.amazon_order_id, o.marketplace_id, o.order_total_amount AS total, ${UNKNOWN_PRICE} AS is_unpriced,
              coalesce(o.order_total_currency, m.currency, 'XXX') AS currency, ${IS_SOLD} AS is_sold
         FROM amazon_order AS o LEFT JOIN marketplaces AS m ON m.marketplace_id = o.marketplace_id
        WHERE ${orderConditions(filter, bind)}
     ), orders AS (
       SELECT currency, count(*)::int AS orders, sum(total) AS total, count(*) FILTER (WHERE is_unpriced)::int AS unpriced
         FROM matched GROUP BY currency
     ), sold AS (
       SELECT coalesce(l.currency, o.currency) AS currency, count(DISTINCT (l.order_id, l.marketplace_id))::int AS orders,
              sum(l.units)::bigint AS units, sum(l.revenue) AS revenue
         FROM matched AS o
              JOIN order_items AS l ON l.order_id = o.amazon_order_id AND l.marketplace_id = o.marketplace_id
        WHERE o.is_sold GROUP BY 1
     )
     SELECT currency AS "currencyCode", coalesce(o.orders, 0) AS orders, coalesce(o.total, 0) AS "orderTotal",
            coalesce(s.orders, 0) AS "soldOrders", coalesce(s.units, 0)::bigint AS units, coalesce(s.revenue, 0) AS revenue,
            coalesce(o.unpriced, 0) AS "unknownPriceOrders"
       FROM orders AS o FULL JOIN sold AS s USING (currency)
      ORDER BY coalesce(o.orders, 0) DESC, currency`,
    values,
  );
}

/** How many orders have a status. */
export interface StatusCount {
  readonly status: string;
  readonly count: number;
}

/** Returns the counts by status of the orders that match a filter's other conditions, in alphabetical order. */
export async function countByStatus(sql: Sql, filter: OrderFilter): Promise<StatusCount[]> {
  const { bind, values } = bindings();
  const { marketplaceIds: _marketplaceIds, statuses: _statuses, ...others } = filter;
  const isCounted = Object.values(others).every((value) => value == null);
  const counted = isCounted ? 'sum(o.orders)::int AS count FROM order_count' : 'count(*)::int FROM amazon_order';
  return sql.query<StatusCount>(
    `SELECT o.order_status AS status, ${counted} AS o WHERE ${orderConditions({ ...filter, statuses: null }, bind)}
      GROUP BY 1 HAVING ${isCounted ? 'sum(o.orders)' : 'count(*)'} > 0 ORDER BY 1`,
    values,
  );
}
