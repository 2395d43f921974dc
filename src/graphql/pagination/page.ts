import { UserError } from '../../core/errors.js';
import { requestBudget } from '../limits/request-budget.js';

export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** The page that Relay's connection arguments request. */
export interface PageRequest {
  readonly limit: number;
  /** The page is at the end of the range (`last`), in the same order. */
  readonly fromEnd: boolean;
  readonly after: string | null;
  readonly before: string | null;
}

export const pageLimits = { default: requestBudget.defaultPageSize, max: requestBudget.maxPageSize } as const;

/** @throws {UserError} BAD_USER_INPUT for a size outside 0 to `maxPageSize`, and for `first` with `last` */
export function readPageArguments({ first, after, last, before }: PageArguments): PageRequest {
  if (typeof first === 'number' && typeof last === 'number') {
    throw new UserError('BAD_USER_INPUT', 'Use `first` or `last`, not both.');
  }
  for (const [name, size] of Object.entries({ first, last })) {
    if (typeof size === 'number' && (size < 0 || size > pageLimits.max)) {
      throw new UserError('BAD_USER_INPUT', `\`${name}\` is ${size}; it must be between 0 and ${pageLimits.max}.`);
    }
  }
  return {
    limit: first ?? last ?? pageLimits.default,
    fromEnd: typeof last === 'number' || (before != null && first == null),
    after: after ?? null,
    before: before ?? null,
  };
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
}

/** Returns the page as a Relay connection. */
export function toConnection<Row>({ rows, hasNext, hasPrevious }: Page<Row>, cursorOf: (row: Row) => string) {
  const edges = rows.map((node) => new Edge(node, cursorOf));
  return {
    edges,
    pageInfo: {
      hasNextPage: hasNext,
      hasPreviousPage: hasPrevious,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/** Encodes its cursor on access: most clients select only those of `pageInfo`. */
class Edge<Row> {
  readonly node: Row;
  readonly #cursorOf: (row: Row) => string;

  constructor(node: Row, cursorOf: (row: Row) => string) {
    this.node = node;
    this.#cursorOf = cursorOf;
  }

  get cursor(): string {
    return this.#cursorOf(this.node);
  }
}
