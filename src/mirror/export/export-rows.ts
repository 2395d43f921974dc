import { bindings } from '../../database/database.js';
import { type OrderFilter, orderConditions } from '../read/order-filter.js';
import { type SalesRequest, salesStatement } from '../read/sales.js';
import { type ExportColumn, itemColumns, orderColumns, salesColumns } from './columns.js';

/** The rows of a file. */
export interface ExportRows {
  readonly columns: readonly ExportColumn[];
  /** SQL: what follows SELECT and the columns. */
  readonly from: string;
  readonly values: readonly unknown[];
}

const MARKETPLACES = 'LEFT JOIN marketplaces AS m ON m.marketplace_id = o.marketplace_id';

/** The orders that a filter matches, in the order in which the mirror first saved them: indexes return them sorted so. */
export function orderRows(filter: OrderFilter): ExportRows {
  const { bind, values } = bindings();
  const conditions = orderConditions(filter, bind);
  const from = `FROM amazon_order AS o ${MARKETPLACES} WHERE ${conditions} ORDER BY o.id`;
  return { columns: orderColumns, from, values };
}

/** The items of the orders that a filter matches, those of an order together. */
export function itemRows(filter: OrderFilter): ExportRows {
  const { bind, values } = bindings();
  const conditions = orderConditions(filter, bind);
  const from = `FROM amazon_order_item AS i JOIN amazon_order AS o ON o.id = i.order_id ${MARKETPLACES}
    WHERE ${conditions} ORDER BY i.order_id, i.id`;
  return { columns: itemColumns, from, values };
}

/** Sales by interval, currency and the dimensions of `by`. @throws {UserError} BAD_USER_INPUT for a wrong range */
export function salesRows(request: Omit<SalesRequest, 'orderBy' | 'limit' | 'withTitles'>): ExportRows {
  const withTitles = request.by.some((dimension) => dimension === 'SKU' || dimension === 'ASIN');
  const { text, values } = salesStatement({ ...request, orderBy: null, limit: null, withTitles });
  return { columns: salesColumns, from: `FROM (${text}) AS s`, values };
}
