import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiParts } from '../graphql/context.js';
import type { Operation } from '../graphql/operation-budget.js';
import { answerOrderPage } from '../graphql/order-page.js';
import { requestBudget } from '../graphql/request-budget.js';
import { ByteCache } from './byte-cache.js';
import { weightOf } from './document-cache.js';
import type { Metrics } from './metrics.js';

/** A request's parameters, of the types that Yoga takes. */
interface Params {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Record<string, unknown> | undefined;
}

/** An operation that Yoga has answered with a page of orders, and the type that it gave the answer. */
interface Known {
  readonly operation: Omit<Operation, 'variableValues'>;
  readonly contentType: string;
}

/**
 * Pages of orders that are asked for again, with whatever variables: by the same text, which went through all that
 * guards GraphQL (syntax, limits, validation) the first time. They are answered without Yoga, by one statement, which
 * also finds whether the session counts. Whatever is not quite that, or is to be refused, goes to Yoga.
 */
export interface KnownPages {
  /** Yoga has answered this, with a page of orders. */
  learn(accept: string | null, params: Params, operation: Operation, contentType: string): void;
  /** Answers the request; false where it is for Yoga. */
  answer(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<boolean>;
  /** The error of the database that `answer` met: Yoga reports it, and the statement is not sent again. */
  failureOf(request: IncomingMessage): unknown;
}

export function createKnownPages({ accounts, database }: ApiParts, metrics: Metrics): KnownPages {
  const known = new ByteCache<Known>(requestBudget.maxKnownPagesBytes);

  const failures = new WeakMap<IncomingMessage, unknown>();

  const answer = async (request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<boolean> => {
    const { headers } = request;
    const params = paramsOf(body);
    const page = params && known.get(keyOf(headers.accept, params));
    const signedIn = page && (await accounts.sessionCondition(headers.authorization));
    if (!signedIn) return false;
    const operation = { ...page.operation, variableValues: params.variables };
    const text = await answerOrderPage(database, operation, signedIn).catch((error) => {
      failures.set(request, error);
      return null;
    });
    if (text === null) return false;
    metrics.operation('query');
    response.writeHead(200, { 'content-type': page.contentType, 'content-length': Buffer.byteLength(text) });
    response.end(text);
    return true;
  };

  return {
    learn: (accept, params, { schema, document, operationName }, contentType) => {
      const page = { operation: { schema, document, operationName }, contentType };
      known.set(keyOf(accept, params), page, weightOf(document));
    },
    answer,
    failureOf: (request) => failures.get(request),
  };
}

function keyOf(accept: string | null | undefined, { query, operationName }: Params): string {
  return JSON.stringify([accept ?? '', operationName ?? '', query]);
}

/** Null for what isn't JSON, and where Yoga may have something to say against a parameter. */
function paramsOf(body: Buffer): Params | null {
  try {
    const { query, operationName, variables, extensions, ...others } = JSON.parse(body.toString());
    const isRight =
      typeof query === 'string' &&
      (operationName == null || typeof operationName === 'string') &&
      isObjectOrNothing(variables) &&
      isObjectOrNothing(extensions) &&
      Object.keys(others).length === 0;
    return isRight ? { query, operationName: operationName ?? undefined, variables: variables ?? undefined } : null;
  } catch {
    return null;
  }
}

function isObjectOrNothing(value: unknown): boolean {
  return value == null || (typeof value === 'object' && !Array.isArray(value));
}
