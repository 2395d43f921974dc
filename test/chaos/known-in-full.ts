import type { Sql } from '../../src/database/database.js';
import type { SimulatedOrder } from '../../src/simulator/simulator.js';

/** Of these orders, those whose present version the mirror has, with an amount for the total and for each item. */
export async function knownInFull(sql: Sql, orders: readonly SimulatedOrder[]): Promise<SimulatedOrder[]> {
  const rows = await sql.query<{ id: string; updated: Date; amounts: Record<string, string> }>(
    `SELECT o.amazon_order_id AS id, last_update_date AS updated,
            jsonb_object_agg(order_item_id, item_price_amount::text) AS amounts
       FROM amazon_order o JOIN amazon_order_item i ON i.order_id = o.id
      WHERE order_total_amount > 0 AND order_status <> 'CANCELLED'
      GROUP BY o.id HAVING bool_and(item_price_amount > 0)`,
  );
  const known = new Map(rows.map((row) => [row.id, row]));
  return orders.filter(({ orderId, lastUpdatedTime, orderItems }) => {
    const row = known.get(orderId);
    if (row?.updated.getTime() !== Date.parse(lastUpdatedTime)) return false;
    if (orderItems.length !== Object.keys(row.amounts).length) return false;
    return orderItems.every(({ orderItemId, proceeds }) => {
      const price = proceeds?.breakdowns?.find(({ type }) => type === 'ITEM');
      return price !== undefined && price.subtotal.amount === row.amounts[orderItemId];
    });
  });
}
