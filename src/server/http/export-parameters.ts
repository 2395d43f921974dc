import { UserError } from '../../core/errors.js';
import { requestBudget } from '../../graphql/limits/request-budget.js';
import { parseInstant } from '../../graphql/scalars.js';
import type { OrderFilter } from '../../mirror/read/order-filter.js';

/** Reads the text of a parameter. @throws {Error} whose message says what is expected */
type Read<Value> = (text: string) => Value;

/** A parameter for each member of a request: the types fail where one is forgotten. */
type Parameters<Request> = { readonly [name in keyof Required<Request>]: Read<NonNullable<Request[name]>> };

const orderParameters: Parameters<OrderFilter> = {
  statuses: list,
  marketplaceIds: list,
  purchasedAfter: instant,
  purchasedBefore: instant,
  updatedAfter: instant,
  search: text,
};

/** Reads the filter of orders from the query of a URL. @throws {UserError} BAD_USER_INPUT, with the parameter's name */
export const readOrderFilter = (url: string): OrderFilter => readParameters(url, orderParameters);

function readParameters<Request extends object>(url: string, parameters: Parameters<Request>): Partial<Request> {
  const query = new URLSearchParams(url.split('?').slice(1).join('?'));
  const names = Object.keys(parameters);
  const read: Record<string, unknown> = {};
  for (const [name, value] of query) {
    if (!names.includes(name))
      throw refusal(`There is no parameter "${name.slice(0, 100)}". There are: ${names.join(', ')}.`);
    if (Object.hasOwn(read, name))
      throw refusal(`The parameter ${name} is there twice. Separate the values of a list by commas.`);
    try {
      read[name] = parameters[name as keyof Request](value);
    } catch (error) {
      throw refusal(`The parameter ${name} is wrong. ${error instanceof Error ? error.message : error}`);
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

function list(value: string): readonly string[] {
  const values = text(value)
    .split(',')
    .map((entry) => entry.trim());
  if (values.includes('')) throw new Error('It must be values separated by commas, such as A,B.');
  if (values.length <= requestBudget.maxListLength) return values;
  throw new Error(`It has ${values.length} values; the maximum is ${requestBudget.maxListLength}.`);
}

/** A `+` in a URL that is not written as %2B arrives as a space. */
function instant(value: string): Date {
  return parseInstant(value.replace(' ', '+'));
}
