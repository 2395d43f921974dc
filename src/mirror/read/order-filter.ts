import type { Bind } from '../../database/database.js';

/** What is absent or null does not restrict; an empty list matches nothing. */
export interface OrderFilter {
  readonly statuses?: readonly string[] | null | undefined;
  readonly marketplaceIds?: readonly string[] | null | undefined;
  /** Inclusive, like all bounds here but `purchasedBefore`. */
  readonly purchasedAfter?: Date | null | undefined;
  readonly purchasedBefore?: Date | null | undefined;
  readonly updatedAfter?: Date | null | undefined;
  /** The beginning of an order id, a SKU or an ASIN, whatever the case. */
  readonly search?: string | null | undefined;
}

/** The conditions of the filter on `amazon_order AS o`; `true` without one. */
export function orderConditions(filter: OrderFilter, bind: Bind): string {
  const conditions = [
    filter.statuses && oneOf('o.order_status', filter.statuses, bind),
    filter.marketplaceIds && oneOf('o.marketplace_id', filter.marketplaceIds, bind),
    filter.purchasedAfter && `o.purchase_date >= ${instant(filter.purchasedAfter, bind)}`,
    filter.purchasedBefore && `o.purchase_date < ${instant(filter.purchasedBefore, bind)}`,
    filter.updatedAfter && `o.last_update_date >= ${instant(filter.updatedAfter, bind)}`,
    filter.search?.trim() && beginsWith(filter.search, bind),
  ].filter(Boolean);
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}

export function instant(value: Date, bind: Bind): string {
  return `${bind(value.toISOString())}::timestamptz`;
}

/** With one value plain equality, so that the index on (column, date, id) also gives the order. */
function oneOf(column: string, values: readonly string[], bind: Bind): string {
  const [only, ...more] = values;
  if (only === undefined) return 'false';
  return more.length === 0 ? `${column} = ${bind(only)}` : `${column} = ANY (${bind([...values])}::text[])`;
}

/**
 * The orders that a search finds, by their ids. A union, for each of its parts has an index; an OR over two tables has
 * none. As an array, so that the orders are then read by their ids, where a join would read the whole table for a common
 * beginning.
 */
function beginsWith(search: string, bind: Bind): string {
  return `o.id = ANY (ARRAY(${searchedIds(search, bind)}))`;
}

/** Ids of orders, one twice perhaps. */
export function searchedIds(search: string, bind: Bind): string {
  const like = beginning(search, bind);
  return `SELECT id FROM amazon_order WHERE lower(amazon_order_id) ${like}
    UNION ALL SELECT order_id FROM amazon_order_item WHERE lower(seller_sku) ${like}
    UNION ALL SELECT order_id FROM amazon_order_item WHERE lower(asin) ${like}`;
}

/** The same asked of one order: OFFSET 0 keeps the planner from finding all of them first. */
export function isSearched(search: string, bind: Bind): string {
  const like = beginning(search, bind);
  return `(lower(o.amazon_order_id) ${like} OR EXISTS (SELECT FROM amazon_order_item AS i
    WHERE i.order_id = o.id AND (lower(i.seller_sku) ${like} OR lower(i.asin) ${like}) OFFSET 0))`;
}

function beginning(search: string, bind: Bind): string {
  return `LIKE lower(${bind(`${search.trim().replace(/[\\%_]/g, '\\$&')}%`)})`;
}

/** More scans of indexes than this are worse than one that lets some orders go. */
const MOST_PARTS = 24;

/**
 * The filter as several that let different orders through, each with one status and one marketplace: then an index that
 * begins with it also gives the order, and rare ones are not looked for among all. Where they would be too many, itself.
 */
export function filterParts(filter: OrderFilter): readonly OrderFilter[] {
  const statuses = filter.statuses ? [...new Set(filter.statuses)].map((status) => [status]) : [null];
  const marketplaces = filter.marketplaceIds ? [...new Set(filter.marketplaceIds)].map((id) => [id]) : [null];
  const parts = statuses.length * marketplaces.length;
  if (parts === 0 || parts > MOST_PARTS) return [filter];
  return statuses.flatMap((statuses) =>
    marketplaces.map((marketplaceIds) => ({ ...filter, statuses, marketplaceIds })),
  );
}
