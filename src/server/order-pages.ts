import type { ExecutionArgs } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import type { GraphQLContext } from '../graphql/context.js';
import { answerOrderPage } from '../graphql/order-page.js';
import type { KnownPages } from './known-pages.js';

/** Not server-sent events, nor a multipart answer. */
const JSON_TYPE = /^application\/(graphql-response\+)?json;/;

/** What Yoga adds over HTTP. */
interface HttpContext extends GraphQLContext {
  readonly request?: Request;
  readonly params?: GraphQLParams;
}

/** Pages of orders are answered with the text that the database has made; everything else goes GraphQL's own way. */
export function useOrderPages(knownPages: KnownPages): Plugin {
  const answered = new WeakMap<Request, ExecutionArgs>();
  return {
    onExecute: ({ executeFn, setExecuteFn }) => {
      setExecuteFn(async (args: ExecutionArgs) => {
        const { session, database, request } = args.contextValue as HttpContext;
        // What the database refuses, it is asked again, so that the error is told as any other.
        const text = session && (await answerOrderPage(database, args).catch(() => null));
        if (text === null) return executeFn(args);
        if (request) answered.set(request, args);
        return textResult(text);
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
