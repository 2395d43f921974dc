import type { IncomingMessage } from 'node:http';
import type { GraphQLSchema } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { Network } from '../config/networks.js';
import { type ApiParts, createContext, type GraphQLContext, type Requester } from '../graphql/context.js';
import { createMaskError, type MaskError } from '../graphql/errors.js';
import { createCallerOf } from './caller.js';
import { identify } from './identify.js';
import { useIntrospectionRule } from './introspection.js';
import { createKnownPages } from './known-pages.js';
import { MOST_BYTES, operationLimitPlugins } from './limits.js';
import type { Metrics } from './metrics.js';
import { useOperationMetrics } from './operation-metrics.js';
import { useOrderPages } from './order-pages.js';
import { isFromForeignPage } from './origin.js';
import { type Handler, sendText } from './respond.js';
import { useSharedEvents } from './shared-events.js';
import { useStalledStreams } from './stalled-streams.js';

/** What comes with a request before GraphQL: the session, or why there is none, once `useAuthentication` ran. */
type Entrance = Requester;

export interface GraphQLOptions {
  readonly schema: GraphQLSchema;
  readonly api: ApiParts;
  readonly metrics: Metrics;
  /** Proxies whose X-Forwarded-For counts (default: none). */
  readonly trustProxy?: readonly Network[] | undefined;
  /** How long a client of server-sent events may take nothing (default 30 s, or twice that). */
  readonly stallMs?: number | undefined;
}

export type GraphQLServer = ReturnType<typeof createGraphQL>;

/** GraphQL with all that guards it, for both doors: HTTP calls `yoga`, WebSocket `yoga.getEnveloped`. */
export function createGraphQL({ schema, api, metrics, trustProxy, stallMs }: GraphQLOptions) {
  const maskError: MaskError = createMaskError(api.logger);
  const knownPages = createKnownPages(api, metrics);
  const yoga = createYoga<Entrance, GraphQLContext>({
    schema,
    context: ({ caller, session, refusal }) => createContext(api, { caller, session, refusal }),
    maskedErrors: { maskError },
    maxRequestBodySize: MOST_BYTES,
    graphqlEndpoint: '/graphql',
    graphiql: false,
    landingPage: false,
    cors: false,
    batching: false,
    multipart: false,
    logging: false,
    plugins: [
      useAuthentication(api),
      useIntrospectionRule(),
      ...operationLimitPlugins(),
      useOperationMetrics(metrics),
      useOrderPages(knownPages),
      useSharedEvents(),
      useStalledStreams(stallMs),
    ],
  });
  return { yoga, knownPages, maskError, callerOf: createCallerOf({ trustProxy, logger: api.logger }) };
}

/** Once a request, and before anything of it is looked at: what may be asked depends on who asks. */
function useAuthentication({ accounts }: ApiParts): Plugin<object, Entrance> {
  return {
    onParams: async ({ request, context }) => {
      Object.assign(context, await identify(accounts, request.headers.get('authorization')));
    },
  };
}

/** `/graphql` over HTTP: POST with a JSON body, GET for queries, answers as JSON or as server-sent events. */
export function createGraphQLHandler({ yoga, knownPages, callerOf }: GraphQLServer, graphiql: Handler | null): Handler {
  const answer = knownPages.before((request, response) =>
    yoga(request, response, { caller: callerOf(request), session: null, refusal: null }),
  );
  return async (request, response) => {
    const { method, headers } = request;
    if ((method === 'GET' || method === 'HEAD') && headers.accept?.includes('text/html')) {
      if (graphiql) return graphiql(request, response);
      return sendText(
        response,
        406,
        'GraphiQL is on only where the server listens on loopback. The API is here: POST a query as JSON.',
      );
    }
    if (isFromForeignPage(request)) {
      return sendText(response, 403, 'A page of another origin may not use this API from a browser.');
    }
    if (method === 'POST' && !hasJsonBody(request)) {
      return sendText(response, 415, 'Send the body as application/json: {"query": "…", "variables": {…}}.');
    }
    await answer(request, response);
  };
}

/** Types that a form or a page elsewhere can send without asking first are refused, so that none can act for a user. */
function hasJsonBody({ headers }: IncomingMessage): boolean {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  return ['application/json', 'application/graphql+json'].includes(type.trim().toLowerCase());
}
