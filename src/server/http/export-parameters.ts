import { UserError } from '../../core/errors.js';
import { requestBudget } from '../../graphql/limits/request-budget.js';
import { parseDate, parseInstant } from '../../graphql/scalars.js';
import { type ExportRows, itemRows, orderRows, salesRows } from '../../mirror/export/export-rows.js';
import { type OrderFilter, toShipValues } from '../../mirror/read/order-filter.js';
import type { SalesDimension, SalesInterval, SalesRequest } from '../../mirror/read/sales.js';

/** Reads the text of a parameter. @throws {Error} whose message says what is expected */
type Read<Value> = (text: string) => Value;

/** A parameter for each member of a request: the types fail where one is forgotten. */
type Readers<Request> = { readonly [name in keyof Required<Request>]: Read<NonNullable<Request[name]>> };

const orderParameters: Readers<OrderFilter> = {
  statuses: list,
  marketplaceIds: list,
  purchasedAfter: instant,
  purchasedBefore: instant,
  updatedAfter: instant,
  purchasedFrom: parseDate,
  purchasedTo: parseDate,
  fulfilledBy: list,
  programs: list,
  amazonOrderIds: list,
  hasUnknownPrice: yesOrNo,
  toShip: (value) => oneOf(toShipValues, value),
  search: text,
};

type ExportedSales = Omit<SalesRequest, 'orderBy' | 'limit' | 'sums' | 'withTitles'>;

const INTERVALS: readonly SalesInterval[] = ['DAY', 'WEEK', 'MONTH', 'TOTAL'];
const DIMENSIONS: readonly SalesDimension[] = ['MARKETPLACE', 'SKU', 'ASIN', 'FULFILLED_BY'];

const salesParameters: Readers<ExportedSales> = {
  from: parseDate,
  to: parseDate,
  interval: (value) => oneOf(INTERVALS, value),
  by: (value) => list(value).map((dimension) => oneOf(DIMENSIONS, dimension)),
  marketplaceIds: list,
  currencyCode: text,
};

/** What errors call a parameter. */
type NameOf = (parameter: string) => string;
const asItIs: NameOf = (parameter) => parameter;

/** Reads what sales are asked for. @throws {UserError} BAD_USER_INPUT, with the parameter's name */
function readSalesRequest(url: string, nameOf: NameOf): ExportedSales {
  const { from, to, interval = 'DAY', by = [], ...others } = readParameters(url, salesParameters, nameOf);
  if (from === undefined || to === undefined)
    throw refusal(
      `The parameters ${nameOf('from')} and ${nameOf('to')} are required: the first and the last day, such as 2026-11-01.`,
    );
  return {
    from,
    to,
    interval,
    by,
    marketplaceIds: others.marketplaceIds ?? null,
    currencyCode: others.currencyCode ?? null,
  };
}

/** Reads the filter of orders from the query of a URL. @throws {UserError} BAD_USER_INPUT, with the parameter's name */
const readOrderFilter = (url: string, nameOf: NameOf): OrderFilter => readParameters(url, orderParameters, nameOf);

/** What can be exported: reads the rows from a URL's query. @throws {UserError} BAD_USER_INPUT */
export const exportDatasets = {
  orders: (url: string, nameOf = asItIs): ExportRows => orderRows(readOrderFilter(url, nameOf)),
  'order-items': (url: string, nameOf = asItIs): ExportRows => itemRows(readOrderFilter(url, nameOf)),
  sales: (url: string, nameOf = asItIs): ExportRows => salesRows(readSalesRequest(url, nameOf)),
};
export type ExportDataset = keyof typeof exportDatasets;

/** Names of the parameters of orders and their items, and of sales. */
export const exportParameterNames = {
  orders: Object.keys(orderParameters) as readonly (keyof OrderFilter)[],
  sales: Object.keys(salesParameters) as readonly (keyof ExportedSales)[],
};

function readParameters<Request extends object>(
  url: string,
  parameters: Readers<Request>,
  nameOf: NameOf,
): Partial<Request> {
  const query = new URLSearchParams(url.split('?').slice(1).join('?'));
  const names = Object.keys(parameters);
  const read: Record<string, unknown> = {};
  for (const [name, value] of query) {
    if (!names.includes(name))
      throw refusal(
        `There is no parameter "${nameOf(name.slice(0, 100))}". There are: ${names.map(nameOf).join(', ')}.`,
      );
    if (Object.hasOwn(read, name))
      throw refusal(`The parameter ${nameOf(name)} is there twice. Separate the values of a list by commas.`);
    try {
      read[name] = parameters[name as keyof Request](value);
    } catch (error) {
      throw refusal(`The parameter ${nameOf(name)} is wrong. ${error instanceof Error ? error.message : error}`);
    }
  }
  return read as Partial<Request>;
}

function refusal(message: string): UserError {
  return new UserError('BAD_USER_INPUT', message);
}

function text(value: string): string {
  if (value.trim() !== '') return value;
  throw new Error('It is empty. Leave it out, or give it a value.');
}

function yesOrNo(value: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  throw new Error('It must be true or false.');
}

function list(value: string): readonly string[] {
  const values = text(value)
    .split(',')
    .map((entry) => entry.trim());
  if (values.includes('')) throw new Error('It must be values separated by commas, such as A,B.');
  if (values.length <= requestBudget.maxListLength) return values;
  throw new Error(`It has ${values.length} values; the maximum is ${requestBudget.maxListLength}.`);
}

function oneOf<Value extends string>(values: readonly Value[], value: string): Value {
  const found = values.find((known) => known === value);
  if (found !== undefined) return found;
  throw new Error(`It may be ${values.join(', ')}, not "${value.slice(0, 100)}".`);
}

/** A `+` in a URL that is not written as %2B arrives as a space. */
function instant(value: string): Date {
  return parseInstant(value.replace(' ', '+'));
}
