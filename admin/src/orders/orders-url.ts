import { parseDate } from '../ui/date.js';

/** The list's state as its URL holds it; invalid values are dropped. */
export interface OrdersUrl {
  readonly search: string;
  readonly statuses: readonly string[];
  readonly marketplaceIds: readonly string[];
  /** Purchase dates, both inclusive, in the viewer's time zone: "2026-11-24". */
  readonly from: string | null;
  readonly to: string | null;
  readonly sort: Sort;
  readonly page: { readonly after: string } | { readonly before: string } | null;
}

const SORTS = ['-purchased', 'purchased', '-updated', 'updated'] as const;
export type Sort = (typeof SORTS)[number];
const PAGE_SIZE = 50;

export const reverseSort = (sort: Sort): Sort =>
  SORTS.find((other) => other === (sort.startsWith('-') ? sort.slice(1) : `-${sort}`)) ?? sort;

export function parseUrl(query: URLSearchParams): OrdersUrl {
  const after = query.get('after');
  const before = query.get('before');
  return {
    search: query.get('search')?.trim() ?? '',
    statuses: query.getAll('status').filter(Boolean),
    marketplaceIds: query.getAll('marketplace').filter(Boolean),
    from: parseDate(query.get('from')),
    to: parseDate(query.get('to')),
    sort: SORTS.find((sort) => sort === query.get('sort')) ?? '-purchased',
    page: after ? { after } : before ? { before } : null,
  };
}

/** Applies changes and returns the query. A change of anything but the page goes to the first page; defaults are omitted. */
export function updateUrl(current: OrdersUrl, change: Partial<OrdersUrl>): URLSearchParams {
  const { search, statuses, marketplaceIds, from, to, sort, page } = { ...current, page: null, ...change };
  const query = new URLSearchParams();
  if (search) query.set('search', search);
  for (const status of statuses) query.append('status', status);
  for (const id of marketplaceIds) query.append('marketplace', id);
  if (from) query.set('from', from);
  if (to) query.set('to', to);
  if (sort !== '-purchased') query.set('sort', sort);
  for (const [name, cursor] of Object.entries(page ?? {})) query.set(name, cursor);
  return query;
}

export const isFiltered = ({ search, statuses, marketplaceIds, from, to }: OrdersUrl): boolean =>
  Boolean(search || statuses.length || marketplaceIds.length || from || to);

/** Returns the API's filter. Days start and end in the viewer's time zone. */
export function toFilter({ search, statuses, marketplaceIds, from, to }: OrdersUrl) {
  return {
    search: search || null,
    statuses: statuses.length > 0 ? [...statuses] : null,
    marketplaceIds: marketplaceIds.length > 0 ? [...marketplaceIds] : null,
    purchasedAfter: from && midnight(from, 0),
    purchasedBefore: to && midnight(to, 1),
  };
}

/** Returns the API's pagination and sort arguments. */
export function toPage({ sort, page }: OrdersUrl) {
  const before = page && 'before' in page ? page.before : null;
  return {
    orderBy: {
      field: sort.endsWith('updated') ? ('LAST_UPDATE_DATE' as const) : ('PURCHASE_DATE' as const),
      direction: sort.startsWith('-') ? ('DESC' as const) : ('ASC' as const),
    },
    ...(before
      ? { last: PAGE_SIZE, before }
      : { first: PAGE_SIZE, after: page && 'after' in page ? page.after : null }),
  };
}

function midnight(date: string, daysLater: number): string {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  return new Date(year, month - 1, day + daysLater).toISOString();
}
