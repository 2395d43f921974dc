import { ALL_DATA_SETS } from '../orders/included-data.js';
import { invalidInput } from './http.js';

/** A parsed search (model: searchOrders). */
export interface SearchQuery {
  time: 'created' | 'updated';
  /** Milliseconds. */
  after: number;
  /** Milliseconds; undefined: not given. */
  before: number | undefined;
  marketplaceIds: string[] | undefined;
  fulfillmentStatuses: string[] | undefined;
  fulfilledBy: string[] | undefined;
  includedData: string[];
  limit: number;
  paginationToken: string | undefined;
}

const SEARCH_PARAMETERS = [
  'createdAfter',
  'createdBefore',
  'lastUpdatedAfter',
  'lastUpdatedBefore',
  'fulfillmentStatuses',
  'marketplaceIds',
  'fulfilledBy',
  'maxResultsPerPage',
  'paginationToken',
  'includedData',
];

const STATUSES = [
  'PENDING_AVAILABILITY',
  'PENDING',
  'UNSHIPPED',
  'PARTIALLY_SHIPPED',
  'SHIPPED',
  'CANCELLED',
  'UNFULFILLABLE',
];

/** UTC or with an offset, at most milliseconds (seen in the field). */
const ISO_8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)$/;
const TWO_MINUTES = 120_000;

/** Parses a search. @param now in milliseconds @throws {ErrorReply} 400 */
export function parseSearch(query: URLSearchParams, now: number): SearchQuery {
  refuseUnknown(query, SEARCH_PARAMETERS);
  const created = { after: time(query, 'createdAfter'), before: time(query, 'createdBefore') };
  const updated = { after: time(query, 'lastUpdatedAfter'), before: time(query, 'lastUpdatedBefore') };
  if ((created.after === undefined) === (updated.after === undefined)) {
    throw invalidInput('Exactly one of createdAfter and lastUpdatedAfter must be provided.');
  }
  const [window, other] = updated.after === undefined ? [created, updated] : [updated, created];
  if (other.before !== undefined) throw invalidInput('Created and last updated times exclude each other.');
  const { after = 0, before } = window;
  if (before !== undefined && before < after) throw invalidInput('The window ends before it begins.');
  // Seen in the field: the error has no details.
  if (before !== undefined && before > now - TWO_MINUTES) throw invalidInput();
  return {
    time: window === created ? 'created' : 'updated',
    after,
    before,
    marketplaceIds: list(query, 'marketplaceIds', undefined, 50),
    fulfillmentStatuses: list(query, 'fulfillmentStatuses', STATUSES),
    fulfilledBy: list(query, 'fulfilledBy', ['MERCHANT', 'AMAZON']),
    includedData: parseIncludedData(query),
    limit: pageSize(single(query, 'maxResultsPerPage')),
    paginationToken: single(query, 'paginationToken'),
  };
}

/** The only parameter of getOrder, and one of searchOrders. */
export function parseIncludedData(query: URLSearchParams): string[] {
  return list(query, 'includedData', ALL_DATA_SETS) ?? [];
}

/** Rejects unknown and repeated parameters, as Amazon does. */
export function refuseUnknown(query: URLSearchParams, known: readonly string[]): void {
  for (const name of query.keys()) {
    if (!known.includes(name)) throw invalidInput(`Unknown parameter ${name}.`);
    if (query.getAll(name).length > 1) throw invalidInput(`Parameter ${name} is repeated; lists are comma-separated.`);
  }
}

/** The upper bound of a search that gives none: two minutes ago (seen in the field, of the predecessor). */
export function latestBound(now: number): number {
  return now - TWO_MINUTES;
}

function single(query: URLSearchParams, name: string): string | undefined {
  const value = query.get(name) ?? undefined;
  if (value === '') throw invalidInput(`Parameter ${name} is empty.`);
  return value;
}

function time(query: URLSearchParams, name: string): number | undefined {
  const value = single(query, name);
  if (value === undefined) return undefined;
  const ms = ISO_8601.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) throw invalidInput(`Parameter ${name}: the timestamp must follow ISO8601.`);
  return ms;
}

function list(query: URLSearchParams, name: string, allowed?: readonly string[], max = 100): string[] | undefined {
  const values = single(query, name)?.split(',');
  if (values === undefined) return undefined;
  const wrong = values.find((value) => value === '' || allowed?.includes(value) === false);
  if (wrong !== undefined) throw invalidInput(`Parameter ${name} may not be "${wrong}".`);
  if (values.length > max) throw invalidInput(`Parameter ${name} has more than ${max} values.`);
  return values;
}

function pageSize(value = '100'): number {
  const size = /^\d{1,3}$/.test(value) ? Number(value) : 0;
  if (size < 1 || size > 100) throw invalidInput('maxResultsPerPage must be between 1 and 100.');
  return size;
}
