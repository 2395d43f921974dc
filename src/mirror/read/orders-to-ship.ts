import { bindings, type Sql } from '../../database/database.js';
import { type MirroredOrder, orderRows, type SelectedMembers } from './mirrored-order.js';

export interface ToShipRequest {
  /** Exclusive bound of the latest time to ship. */
  readonly dueBefore: Date;
  /** Null for all. */
  readonly marketplaceIds: readonly string[] | null;
  readonly limit: number;
  /** What is read of each order. */
  readonly selected: SelectedMembers;
}

export interface OrdersToShip {
  /** By the latest time to ship, overdue ones first; at most `limit`. */
  readonly orders: readonly MirroredOrder[];
  /** Without the limit. */
  readonly total: number;
  /** Orders that wait for shipping and whose latest time to ship Amazon has not reported. */
  readonly withoutDate: number;
}

/** Returns the orders that the seller still has to ship before an instant: paid, not cancelled, not fulfilled by Amazon. */
export async function readOrdersToShip(sql: Sql, request: ToShipRequest): Promise<OrdersToShip> {
  const { bind, values } = bindings();
  const dueBefore = `${bind(request.dueBefore.toISOString())}::timestamptz`;
  const ofMarketplaces =
    request.marketplaceIds && `AND o.marketplace_id = ANY (${bind(request.marketplaceIds)}::text[])`;
  const waiting = `o.order_status IN ('UNSHIPPED', 'PARTIALLY_SHIPPED') AND o.fulfilled_by = 'MERCHANT' ${ofMarketplaces ?? ''}`;
  // Two statements: a count beside the rows would come with each of them, and not at all without any.
  const [counts] = await sql.query<{ total: number; withoutDate: number }>(
    `SELECT count(*) FILTER (WHERE o.ship_by_latest < ${dueBefore})::int AS total,
            count(*) FILTER (WHERE o.ship_by_latest IS NULL)::int AS "withoutDate"
       FROM amazon_order AS o WHERE ${waiting}`,
    values,
  );
  const columns = orderRows(request.selected);
  const rows = await sql.query<{ json: unknown[] }>(
    `SELECT ${columns.sql} AS json FROM amazon_order AS o
      WHERE ${waiting} AND o.ship_by_latest < ${dueBefore}
      ORDER BY o.ship_by_latest, o.id LIMIT ${Math.trunc(request.limit)}`,
    values,
  );
  return {
    orders: rows.map(({ json }) => columns.read(json)),
    total: counts?.total ?? 0,
    withoutDate: counts?.withoutDate ?? 0,
  };
}
