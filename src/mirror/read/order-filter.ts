import type { Bind } from '../../database/database.js';

/** An absent or null condition does not restrict; an empty list matches nothing. */
export interface OrderFilter {
  readonly statuses?: readonly string[] | null | undefined;
  readonly marketplaceIds?: readonly string[] | null | undefined;
  /** Inclusive, as is `updatedAfter`; `purchasedBefore` is exclusive. */
  readonly purchasedAfter?: Date | null | undefined;
  readonly purchasedBefore?: Date | null | undefined;
  readonly updatedAfter?: Date | null | undefined;
  /** Prefix of an order id, a SKU or an ASIN; case-insensitive. */
  readonly search?: string | null | undefined;
}

/** Returns the SQL conditions of the filter on `amazon_order AS o`; `true` for an empty filter. */
export function orderConditions(filter: OrderFilter, bind: Bind): string {
  const conditions = [
    filter.statuses && oneOf('o.order_status', filter.statuses, bind),
    filter.marketplaceIds && oneOf('o.marketplace_id', filter.marketplaceIds, bind),
    filter.purchasedAfter && `o.purchase_date >= ${instant(filter.purchasedAfter, bind)}`,
    filter.purchasedBefore && `o.purchase_date < ${instant(filter.purchasedBefore, bind)}`,
    filter.updatedAfter && `o.last_update_date >= ${instant(filter.updatedAfter, bind)}`,
    filter.search?.trim() && matchesSearch(filter.search, bind),
  ].filter(Boolean);
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}

function instant(value: Date, bind: Bind): string {
  return `${bind(value.toISOString())}::timestamptz`;
}

/** One value becomes an equality, so that the index on (column, date, id) returns rows in order. */
function oneOf(column: string, values: readonly string[], bind: Bind): string {
  const [only, ...more] = values;
  if (only === undefined) return 'false';
  return more.length === 0 ? `${column} = ${bind(only)}` : `${column} = ANY (${bind([...values])}::text[])`;
}

/**
 * Matches by an array of ids, so that orders are read by id; with a join the planner scans the table for a common prefix.
 */
function matchesSearch(search: string, bind: Bind): string {
  return `o.id = ANY (ARRAY(${searchedIds(search, bind)}))`;
}

/** Returns SQL of the ids that a search matches, with duplicates. A union, since each part has an index and an OR has none. */
export function searchedIds(search: string, bind: Bind): string {
  const like = prefixPattern(search, bind);
  return `SELECT id FROM amazon_order WHERE lower(amazon_order_id) ${like}
    UNION ALL SELECT order_id FROM amazon_order_item WHERE lower(seller_sku) ${like}
    UNION ALL SELECT order_id FROM amazon_order_item WHERE lower(asin) ${like}`;
}

/** Returns SQL that tests one order. OFFSET 0 prevents the planner from reading all matches first. */
export function isSearched(search: string, bind: Bind): string {
  const like = prefixPattern(search, bind);
  return `(lower(o.amazon_order_id) ${like} OR EXISTS (SELECT FROM amazon_order_item AS i
    WHERE i.order_id = o.id AND (lower(i.seller_sku) ${like} OR lower(i.asin) ${like}) OFFSET 0))`;
}

function prefixPattern(search: string, bind: Bind): string {
  return `LIKE lower(${bind(`${search.trim().replace(/[\\%_]/g, '\\$&')}%`)})`;
}

/** More index scans than this cost more than one scan that skips rows. */
const MAX_PARTS = 24;

/**
 * Splits a filter into disjoint ones with one status and one marketplace each: an index that begins with them returns rows
 * in order. Returns the filter itself when there would be more than MAX_PARTS.
 */
export function filterParts(filter: OrderFilter): readonly OrderFilter[] {
  const statuses = filter.statuses ? [...new Set(filter.statuses)].map((status) => [status]) : [null];
  const marketplaces = filter.marketplaceIds ? [...new Set(filter.marketplaceIds)].map((id) => [id]) : [null];
  const parts = statuses.length * marketplaces.length;
  if (parts === 0 || parts > MAX_PARTS) return [filter];
  return statuses.flatMap((statuses) =>
    marketplaces.map((marketplaceIds) => ({ ...filter, statuses, marketplaceIds })),
  );
}
