/** What the list shows, as the address names it; what can't be is left out. */
export interface OrdersAddress {
  readonly search: string;
  readonly statuses: readonly string[];
  readonly marketplaceIds: readonly string[];
  /** Days of purchase, both inclusive, where the viewer is: "2026-11-24". */
  readonly from: string | null;
  readonly to: string | null;
  readonly sort: Sort;
  readonly page: { readonly after: string } | { readonly before: string } | null;
}

const SORTS = ['-purchased', 'purchased', '-updated', 'updated'] as const;
export type Sort = (typeof SORTS)[number];
export const PAGE_SIZE = 50;

/** The same sort the other way round. */
export const reversed = (sort: Sort): Sort =>
  SORTS.find((other) => other === (sort.startsWith('-') ? sort.slice(1) : `-${sort}`)) ?? sort;

export function readAddress(query: URLSearchParams): OrdersAddress {
  const after = query.get('after');
  const before = query.get('before');
  return {
    search: query.get('search')?.trim() ?? '',
    statuses: query.getAll('status').filter(Boolean),
    marketplaceIds: query.getAll('marketplace').filter(Boolean),
    from: dateIn(query.get('from')),
    to: dateIn(query.get('to')),
    sort: SORTS.find((sort) => sort === query.get('sort')) ?? '-purchased',
    page: after ? { after } : before ? { before } : null,
  };
}

/** The address with changes; a change of anything but the page goes to the first page. What is usual is not written. */
export function writeAddress(change: Partial<OrdersAddress>, present: OrdersAddress): URLSearchParams {
  const { search, statuses, marketplaceIds, from, to, sort, page } = { ...present, page: null, ...change };
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

/** Whether anything is filtered out. */
export const isFiltered = ({ search, statuses, marketplaceIds, from, to }: OrdersAddress): boolean =>
  Boolean(search || statuses.length || marketplaceIds.length || from || to);

/** The API's filter. Days begin and end where the viewer is. */
export function filterOf({ search, statuses, marketplaceIds, from, to }: OrdersAddress) {
  return {
    search: search || null,
    statuses: statuses.length > 0 ? [...statuses] : null,
    marketplaceIds: marketplaceIds.length > 0 ? [...marketplaceIds] : null,
    purchasedAfter: from && midnight(from, 0),
    purchasedBefore: to && midnight(to, 1),
  };
}

/** The API's page and order. */
export function pageOf({ sort, page }: OrdersAddress) {
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

function dateIn(text: string | null): string | null {
  if (!text || !/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(Date.parse(text))) return null;
  // The 31st of February reads as a day of March.
  return new Date(text).toISOString().startsWith(text) ? text : null;
}
