import type { Bind } from '../../database/database.js';
import { isSearched, matchesSearch, searchedIds } from './order-search.js';

/** An absent or null condition does not restrict; an empty list matches nothing. */
export interface OrderFilter {
  readonly statuses?: readonly string[] | null | undefined;
  readonly marketplaceIds?: readonly string[] | null | undefined;
  /** Inclusive, as is `updatedAfter`; `purchasedBefore` is exclusive. */
  readonly purchasedAfter?: Date | null | undefined;
  readonly purchasedBefore?: Date | null | undefined;
  readonly updatedAfter?: Date | null | undefined;
  /** First and last day of purchase, `YYYY-MM-DD`, in the time zone of each marketplace, as in the sales. */
  readonly purchasedFrom?: string | null | undefined;
  readonly purchasedTo?: string | null | undefined;
  /** AMAZON or MERCHANT. */
  readonly fulfilledBy?: readonly string[] | null | undefined;
  /** Orders that have one of these programs. */
  readonly programs?: readonly string[] | null | undefined;
  readonly amazonOrderIds?: readonly string[] | null | undefined;
  /** Whether the total or the price of an item is unknown, of an order that the ledger counts. */
  readonly hasUnknownPrice?: boolean | null | undefined;
  /** Orders that the seller, not Amazon, still has to ship. */
  readonly toShip?: ToShip | null | undefined;
  /** See order-search.ts. */
  readonly search?: string | null | undefined;
}

/** Which orders to ship, by their latest time to ship: past, by the end of today in the marketplace's time zone, or any. */
export type ToShip = (typeof toShipValues)[number];
export const toShipValues = ['OVERDUE', 'TODAY', 'ALL'] as const;

/** Returns the SQL conditions of the filter on `amazon_order AS o`; `true` for an empty filter. */
export function orderConditions(filter: OrderFilter, bind: Bind): string {
  const conditions = [
    filter.statuses && oneOf('o.order_status', filter.statuses, bind),
    filter.marketplaceIds && oneOf('o.marketplace_id', filter.marketplaceIds, bind),
    filter.purchasedAfter && `o.purchase_date >= ${instant(filter.purchasedAfter, bind)}`,
    filter.purchasedBefore && `o.purchase_date < ${instant(filter.purchasedBefore, bind)}`,
    filter.updatedAfter && `o.last_update_date >= ${instant(filter.updatedAfter, bind)}`,
    filter.purchasedFrom && purchasedFrom(filter.purchasedFrom, bind),
    filter.purchasedTo && purchasedTo(filter.purchasedTo, bind),
    filter.fulfilledBy && oneOf('o.fulfilled_by', filter.fulfilledBy, bind),
    filter.programs && `o.programs && ${bind([...filter.programs])}::text[]`,
    filter.amazonOrderIds && oneOf('o.amazon_order_id', filter.amazonOrderIds, bind),
    filter.hasUnknownPrice != null && `${filter.hasUnknownPrice ? '' : 'NOT '}${UNKNOWN_PRICE}`,
    filter.toShip && TO_SHIP[filter.toShip],
    filter.search?.trim() && matchesSearch(filter.search, bind),
  ].filter(Boolean);
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}

/** Orders that the sales contain, if their items are known. */
export const IS_SOLD = `order_status <> 'CANCELLED' AND channel_name <> 'NON_AMAZON'`;
/** Two partial indexes find these. */
const UNKNOWN_PRICE_IDS = `SELECT id FROM amazon_order WHERE order_total_amount IS NULL AND ${IS_SOLD}
    UNION ALL SELECT order_id FROM amazon_order_item AS i WHERE item_price_amount IS NULL
      AND EXISTS (SELECT FROM amazon_order WHERE id = i.order_id AND ${IS_SOLD})`;
/** OFFSET 0 prevents the planner from reading all matches first. */
export const UNKNOWN_PRICE = `(${IS_SOLD} AND (o.order_total_amount IS NULL OR EXISTS (
    SELECT FROM amazon_order_item AS i WHERE i.order_id = o.id AND i.item_price_amount IS NULL OFFSET 0)))`;

/** SQL: the time zone of an order's marketplace. */
const TIME_ZONE = `coalesce((SELECT m.time_zone FROM marketplaces AS m WHERE m.marketplace_id = o.marketplace_id), 'UTC')`;

const PURCHASE_DAY = `(o.purchase_date AT TIME ZONE ${TIME_ZONE})::date`;

/** The first comparison is for the index, the second spares the time zone: days begin up to 14 hours before and 12 after UTC. */
function purchasedFrom(date: string, bind: Bind): string {
  const day = `${bind(date)}::date`;
  return `o.purchase_date >= (${startInUtc(day)}) - interval '14 hours'
    AND (o.purchase_date >= (${startInUtc(day)}) + interval '12 hours' OR ${PURCHASE_DAY} >= ${day})`;
}

function purchasedTo(date: string, bind: Bind): string {
  const day = `${bind(date)}::date`;
  return `o.purchase_date < (${startInUtc(day)}) + interval '36 hours'
    AND (o.purchase_date < (${startInUtc(day)}) + interval '10 hours' OR ${PURCHASE_DAY} <= ${day})`;
}

function startInUtc(day: string): string {
  return `${day}::timestamp AT TIME ZONE 'UTC'`;
}

/** The partial index `amazon_order_to_ship_idx` has these orders. */
const WAITS_FOR_SELLER = `o.order_status IN ('UNSHIPPED', 'PARTIALLY_SHIPPED') AND o.fulfilled_by = 'MERCHANT'`;
const TO_SHIP: Readonly<Record<ToShip, string>> = {
  OVERDUE: `(${WAITS_FOR_SELLER} AND o.ship_by_latest < now())`,
  TODAY: `(${WAITS_FOR_SELLER} AND o.ship_by_latest <
    (date_trunc('day', now() AT TIME ZONE ${TIME_ZONE}) + interval '1 day') AT TIME ZONE ${TIME_ZONE})`,
  ALL: `(${WAITS_FOR_SELLER})`,
};

function instant(value: Date, bind: Bind): string {
  return `${bind(value.toISOString())}::timestamptz`;
}

/** One value becomes an equality, so that the index on (column, date, id) returns rows in order. */
function oneOf(column: string, values: readonly string[], bind: Bind): string {
  const [only, ...more] = values;
  if (only === undefined) return 'false';
  return more.length === 0 ? `${column} = ${bind(only)}` : `${column} = ANY (${bind([...values])}::text[])`;
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
