import { parseDate } from '../ui/date.js';

/** The list's state as its URL holds it; invalid values are dropped. */
export interface OrdersUrl {
  readonly search: string;
  readonly statuses: readonly string[];
  readonly marketplaceIds: readonly string[];
  readonly fulfilledBy: readonly string[];
  readonly toShip: ToShip | null;
  /** Whether only orders without a total, or with an item without a price, are shown. */
  readonly unknownPrice: boolean;
  /** Days of purchase, both inclusive, in the time zone of each marketplace: "2026-11-24". */
  readonly from: string | null;
  readonly to: string | null;
  readonly sort: Sort;
  readonly size: number;
  readonly page: OrdersPage | null;
}

export type OrdersPage = ({ readonly after: string } | { readonly before: string }) & {
  /** The place of its first order among all, from 1, when the link to it was made; null if unknown. */
  readonly first: number | null;
};

const SORTS = ['-purchased', 'purchased', '-updated', 'updated', 'ship-by'] as const;
export type Sort = (typeof SORTS)[number];
export const TO_SHIP = ['OVERDUE', 'TODAY', 'ALL'] as const;
export type ToShip = (typeof TO_SHIP)[number];
export const PAGE_SIZES = [25, 50, 100, 200] as const;
const DEFAULT_SIZE = 50;

/** Filters that restrict nothing. */
export const NO_FILTER = {
  search: '',
  statuses: [],
  marketplaceIds: [],
  fulfilledBy: [],
  toShip: null,
  unknownPrice: false,
  from: null,
  to: null,
} as const satisfies Partial<OrdersUrl>;

export const reverseSort = (sort: Sort): Sort =>
  SORTS.find((other) => other === (sort.startsWith('-') ? sort.slice(1) : `-${sort}`)) ?? sort;

export function parseUrl(query: URLSearchParams): OrdersUrl {
  const [after, before] = [query.get('after'), query.get('before')];
  const first = Number(query.get('first')) || null;
  const toShip = TO_SHIP.find((value) => value.toLowerCase() === query.get('ship')) ?? null;
  const sort = SORTS.find((sort) => sort === query.get('sort')) ?? defaultSort(toShip);
  return {
    search: query.get('search')?.trim() ?? '',
    statuses: query.getAll('status').filter(Boolean),
    marketplaceIds: query.getAll('marketplace').filter(Boolean),
    fulfilledBy: query.getAll('fulfilled').filter(Boolean),
    toShip,
    unknownPrice: query.get('price') === 'unknown',
    from: parseDate(query.get('from')),
    to: parseDate(query.get('to')),
    sort: sort === 'ship-by' && !toShip ? defaultSort(null) : sort,
    size: PAGE_SIZES.find((size) => String(size) === query.get('size')) ?? DEFAULT_SIZE,
    page: after ? { after, first } : before ? { before, first } : null,
  };
}

const defaultSort = (toShip: ToShip | null): Sort => (toShip ? 'ship-by' : '-purchased');

/** Applies changes and returns the query. A change of anything but the page goes to the first page; defaults are omitted. */
export function updateUrl(current: OrdersUrl, change: Partial<OrdersUrl>): URLSearchParams {
  const next = { ...current, page: null, ...change };
  const query = new URLSearchParams();
  if (next.toShip) query.set('ship', next.toShip.toLowerCase());
  if (next.search) query.set('search', next.search);
  for (const status of next.statuses) query.append('status', status);
  for (const id of next.marketplaceIds) query.append('marketplace', id);
  for (const fulfiller of next.fulfilledBy) query.append('fulfilled', fulfiller);
  if (next.unknownPrice) query.set('price', 'unknown');
  if (next.from) query.set('from', next.from);
  if (next.to) query.set('to', next.to);
  // A list that is not of orders to ship has no such sort; one that becomes so is sorted by it.
  const keepsSort = next.sort !== 'ship-by' && Boolean(next.toShip) === Boolean(current.toShip);
  if ((keepsSort || change.sort) && next.sort !== defaultSort(next.toShip)) query.set('sort', next.sort);
  if (next.size !== DEFAULT_SIZE) query.set('size', String(next.size));
  for (const [name, value] of Object.entries(next.page ?? {})) if (value !== null) query.set(name, String(value));
  return query;
}

export const isFiltered = (url: OrdersUrl): boolean => Object.values(toFilter(url)).some((value) => value !== null);

/** Returns the API's filter. */
export function toFilter(url: OrdersUrl) {
  const some = (values: readonly string[]) => (values.length > 0 ? [...values] : null);
  return {
    search: url.search || null,
    statuses: some(url.statuses),
    marketplaceIds: some(url.marketplaceIds),
    fulfilledBy: some(url.fulfilledBy),
    toShip: url.toShip,
    hasUnknownPrice: url.unknownPrice || null,
    purchasedFrom: url.from,
    purchasedTo: url.to,
  };
}

/** Returns the filter as parameters of the addresses of files (`/export/orders.csv`). */
export function toExportQuery(url: OrdersUrl): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(toFilter(url)))
    if (value !== null) query.set(name, Array.isArray(value) ? value.join(',') : String(value));
  return query;
}

const SORT_FIELDS = { purchased: 'PURCHASE_DATE', updated: 'LAST_UPDATE_DATE', 'ship-by': 'SHIP_BY' } as const;

/** Returns the API's pagination and sort arguments. */
export function toPage({ sort, size, page }: OrdersUrl) {
  const before = page && 'before' in page ? page.before : null;
  return {
    orderBy: {
      field: SORT_FIELDS[sort.replace(/^-/, '') as keyof typeof SORT_FIELDS],
      direction: sort.startsWith('-') ? ('DESC' as const) : ('ASC' as const),
    },
    ...(before ? { last: size, before } : { first: size, after: page && 'after' in page ? page.after : null }),
  };
}
