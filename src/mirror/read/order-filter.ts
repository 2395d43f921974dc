import type { Bind } from '../../database/database.js';

/** An absent or null condition does not restrict; an empty list matches nothing. */
export interface OrderFilter {
  readonly statuses?: readonly string[] | null | undefined;
  readonly marketplaceIds?: readonly string[] | null | undefined;
  /** Inclusive, as is `updatedAfter`; `purchasedBefore` is exclusive. */
  readonly purchasedAfter?: Date | null | undefined;
  readonly purchasedBefore?: Date | null | undefined;
  readonly updatedAfter?: Date | null | undefined;
  /** AMAZON or MERCHANT. */
  readonly fulfilledBy?: readonly string[] | null | undefined;
  /** Orders that have one of these programs. */
  readonly programs?: readonly string[] | null | undefined;
  readonly amazonOrderIds?: readonly string[] | null | undefined;
  /** Whether the total or the price of an item is unknown, of an order that the ledger counts. */
  readonly hasUnknownPrice?: boolean | null | undefined;
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
    filter.fulfilledBy && oneOf('o.fulfilled_by', filter.fulfilledBy, bind),
    filter.programs && `o.programs && ${bind([...filter.programs])}::text[]`,
    filter.amazonOrderIds && oneOf('o.amazon_order_id', filter.amazonOrderIds, bind),
    filter.hasUnknownPrice != null && `${filter.hasUnknownPrice ? '' : 'NOT '}${UNKNOWN_PRICE}`,
    filter.search?.trim() && matchesSearch(filter.search, bind),
  ].filter(Boolean);
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}

const IS_SOLD = `order_status <> 'CANCELLED' AND channel_name <> 'NON_AMAZON'`;
/** Two partial indexes find these. */
const UNKNOWN_PRICE_IDS = `SELECT id FROM amazon_order WHERE order_total_amount IS NULL AND ${IS_SOLD}
    UNION ALL SELECT order_id FROM amazon_order_item AS i WHERE item_price_amount IS NULL
      AND EXISTS (SELECT FROM amazon_order WHERE id = i.order_id AND ${IS_SOLD})`;
/** OFFSET 0 prevents the planner from reading all matches first. */
const UNKNOWN_PRICE = `(${IS_SOLD} AND (o.order_total_amount IS NULL OR EXISTS (
    SELECT FROM amazon_order_item AS i WHERE i.order_id = o.id AND i.item_price_amount IS NULL OFFSET 0)))`;

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

/** A condition that often matches few orders, in two forms. */
export interface RareCondition {
  /** SQL of the ids of all matches, with duplicates; an index finds them. */
  readonly ids: string;
  /** SQL that tests one order. */
  readonly test: string;
}

/** Takes a search, else `hasUnknownPrice: true`, out of a filter. */
export function splitRareCondition(
  filter: OrderFilter,
  bind: Bind,
): { rare: RareCondition | null; others: OrderFilter } {
  const { search, hasUnknownPrice } = filter;
  if (search?.trim()) {
    const rare = { ids: searchedIds(search, bind), test: isSearched(search, bind) };
    return { rare, others: { ...filter, search: null } };
  }
  if (hasUnknownPrice !== true) return { rare: null, others: { ...filter, search: null } };
  return {
    rare: { ids: UNKNOWN_PRICE_IDS, test: UNKNOWN_PRICE },
    others: { ...filter, search: null, hasUnknownPrice: null },
  };
}

/** Returns SQL of the ids that a search matches, with duplicates. A union, since each part has an index and an OR has none. */
function searchedIds(search: string, bind: Bind): string {
  const like = prefixPattern(search, bind);
  return `SELECT id FROM amazon_order WHERE lower(amazon_order_id) ${like}
    UNION ALL SELECT order_id FROM amazon_order_item WHERE lower(seller_sku) ${like}
    UNION ALL SELECT order_id FROM amazon_order_item WHERE lower(asin) ${like}`;
}

/** Returns SQL that tests one order. OFFSET 0 prevents the planner from reading all matches first. */
function isSearched(search: string, bind: Bind): string {
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
