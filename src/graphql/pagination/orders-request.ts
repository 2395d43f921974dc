import { UserError } from '../../core/errors.js';
import type { OrdersRequest } from '../../mirror/read/find-orders.js';
import type { MirroredOrder, SelectedMembers } from '../../mirror/read/mirrored-order.js';
import { decodeOrderCursor, encodeOrderCursor, NO_SHIP_BY, type OrderSort } from '../../mirror/read/order-cursor.js';
import type { OrderFilter } from '../../mirror/read/order-filter.js';
import { type PageArguments, readPageArguments } from './page.js';

/** The coerced arguments of `orders`. */
export interface OrdersArguments extends PageArguments {
  readonly filter?: OrderFilter | null | undefined;
  readonly orderBy?: OrderSort | null | undefined;
}

/** @throws {UserError} BAD_USER_INPUT for an invalid page size or cursor, and for a sort that the filter doesn't allow */
export function ordersRequest(args: OrdersArguments, selected: SelectedMembers, withCount: boolean): OrdersRequest {
  const { after, before, limit, fromEnd } = readPageArguments(args);
  const sort: OrderSort = args.orderBy ?? { field: 'PURCHASE_DATE', direction: 'DESC' };
  const filter = args.filter ?? {};
  if (sort.field === 'SHIP_BY' && !filter.toShip)
    throw new UserError('BAD_USER_INPUT', 'Orders sort by SHIP_BY with the filter `toShip` only. Add it, such as ALL.');
  return {
    filter,
    sort,
    limit,
    selected:
      sort.field === 'SHIP_BY' ? { ...selected, order: new Set([...selected.order, 'shipByLatest']) } : selected,
    withCount,
    fromEnd,
    after: after === null ? null : decodeOrderCursor(sort, after),
    before: before === null ? null : decodeOrderCursor(sort, before),
  };
}

/** Returns the function that encodes the cursor of an order in this list. */
export function cursorOf({ sort }: OrdersRequest): (order: MirroredOrder) => string {
  return (order) => encodeOrderCursor(sort, { id: order.id, at: sortedBy(sort, order) });
}

function sortedBy({ field }: OrderSort, order: MirroredOrder): string {
  if (field === 'SHIP_BY') return order.shipByLatest ?? NO_SHIP_BY;
  return field === 'PURCHASE_DATE' ? order.purchaseDate : order.lastUpdateDate;
}
