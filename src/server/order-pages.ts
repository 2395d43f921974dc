import type { IncomingMessage } from 'node:http';
import { type ExecutionArgs, getOperationAST, locatedError } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import type { GraphQLContext } from '../graphql/context.js';
import { fieldsAsked, keyOf } from '../graphql/fields-asked.js';
import { answerOrderPage } from '../graphql/order-page.js';
import type { KnownPages } from './known-pages.js';

/** Not server-sent events, nor a multipart answer. */
const JSON_TYPE = /^application\/(graphql-response\+)?json;/;

/** What Yoga adds over HTTP. */
interface HttpContext extends GraphQLContext {
  readonly request?: Request;
  readonly params?: GraphQLParams;
  readonly req?: IncomingMessage;
}

/** Pages of orders are answered with the text that the database has made; everything else goes GraphQL's own way. */
export function useOrderPages(knownPages: KnownPages): Plugin {
  const answered = new WeakMap<Request, ExecutionArgs>();
  return {
    onExecute: ({ executeFn, setExecuteFn }) => {
      setExecuteFn(async (args: ExecutionArgs) => {
        const { session, database, request, req } = args.contextValue as HttpContext;
        if (!session) return executeFn(args);
        try {
          const failure = req && knownPages.failureOf(req);
          if (failure) throw failure;
          const text = await answerOrderPage(database, args);
          if (text === null) return executeFn(args);
          if (request) answered.set(request, args);
          return textResult(text);
        } catch (error) {
          return failedPage(args, error);
        }
      });
    },
    onResponse: ({ request, response }) => {
      const args = answered.get(request);
      const { query, ...params } = (args?.contextValue as HttpContext | undefined)?.params ?? {};
      const contentType = response.headers.get('content-type') ?? '';
      if (!args || !query || response.status !== 200 || !JSON_TYPE.test(contentType)) return;
      const { operationName, variables } = params;
      knownPages.learn(request.headers.get('accept'), { query, operationName, variables }, args, contentType);
    },
  };
}

/** Over HTTP Yoga sends what `stringify` gives; over WebSocket, where the text goes into another, it is read once more. */
function textResult(text: string) {
  return {
    get data() {
      return JSON.parse(text).data;
    },
    stringify: () => text,
  };
}

/** The answer that GraphQL gives where the resolver of the page throws; the error is masked and logged as any other. */
function failedPage({ schema, document, operationName }: ExecutionArgs, error: unknown) {
  const set = getOperationAST(document, operationName)?.selectionSet;
  const query = schema.getQueryType();
  const [field] = (set && query && fieldsAsked(document, query, set)) ?? [];
  return { data: null, errors: [locatedError(error, field, field && [keyOf(field)])] };
}
