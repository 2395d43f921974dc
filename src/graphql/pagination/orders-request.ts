import type { OrdersRequest } from '../../mirror/read/find-orders.js';
import type { MirroredOrder, SelectedMembers } from '../../mirror/read/mirrored-order.js';
import { decodeOrderCursor, encodeOrderCursor, type OrderSort } from '../../mirror/read/order-cursor.js';
import type { OrderFilter } from '../../mirror/read/order-filter.js';
import { type PageArguments, readPageArguments } from './page.js';

/** The coerced arguments of `orders`. */
export interface OrdersArguments extends PageArguments {
  readonly filter?: OrderFilter | null | undefined;
  readonly orderBy?: OrderSort | null | undefined;
}

/** @throws {UserError} BAD_USER_INPUT for an invalid page size or cursor */
export function ordersRequest(args: OrdersArguments, selected: SelectedMembers, withCount: boolean): OrdersRequest {
  const { after, before, limit, fromEnd } = readPageArguments(args);
  const sort: OrderSort = args.orderBy ?? { field: 'PURCHASE_DATE', direction: 'DESC' };
  return {
    filter: args.filter ?? {},
    sort,
    limit,
    selected,
    withCount,
    fromEnd,
    after: after === null ? null : decodeOrderCursor(sort, after),
    before: before === null ? null : decodeOrderCursor(sort, before),
  };
}

/** Returns the function that encodes the cursor of an order in this list. */
export function cursorOf({ sort }: OrdersRequest) {
  return ({
    id,
    purchaseDate,
    lastUpdateDate,
  }: Pick<MirroredOrder, 'id' | 'purchaseDate' | 'lastUpdateDate'>): string =>
    encodeOrderCursor(sort, { id, at: sort.field === 'PURCHASE_DATE' ? purchaseDate : lastUpdateDate });
}
