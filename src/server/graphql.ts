import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { GraphQLSchema } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { Network } from '../config/config.js';
import { type ApiParts, createContext, type GraphQLContext, type Requester } from '../graphql/context.js';
import { createMaskError, type MaskError } from '../graphql/errors.js';
import { requestBudget } from '../graphql/limits/request-budget.js';
import { createCallerOf } from './http/caller.js';
import type { Metrics } from './http/metrics.js';
import { isFromForeignPage } from './http/origin.js';
import { readBody } from './http/read-body.js';
import { type Handler, send, sendText } from './http/respond.js';
import { useStalledStreams } from './http/stalled-streams.js';
import { identify } from './identify.js';
import { useDocumentCache } from './plugins/use-document-cache.js';
import { useOperationBudget } from './plugins/use-operation-budget.js';
import { operationLimitPlugins } from './plugins/use-operation-limits.js';
import { useOperationMetrics } from './plugins/use-operation-metrics.js';

const LONG_BODY_BYTES = 4_096;
const MALFORMED_JSON = 'The parameters `variables` and `extensions` of the address must be JSON.';

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
  const yoga = createYoga<Entrance, GraphQLContext>({
    schema,
    context: ({ caller, session, refusal }) => createContext(api, { caller, session, refusal }),
    maskedErrors: { maskError },
    // Both bounded in bytes here: read-body.ts, document-cache.ts.
    maxRequestBodySize: false,
    parserAndValidationCache: false,
    graphqlEndpoint: '/graphql',
    graphiql: false,
    landingPage: false,
    cors: false,
    batching: false,
    multipart: false,
    logging: false,
    plugins: [
      useAuthentication(api),
      ...operationLimitPlugins(),
      useDocumentCache(),
      useOperationMetrics(metrics),
      useOperationBudget(),
      useStalledStreams(stallMs),
    ],
  });
  const callerOf = createCallerOf({ trustProxy, logger: api.logger });
  return { yoga, maskError, callerOf, accounts: api.accounts };
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
export function createGraphQLHandler({ yoga, accounts, callerOf }: GraphQLServer, graphiql: Handler | null): Handler {
  const answer: Handler = (request, response) =>
    yoga(request, response, { caller: callerOf(request), session: null, refusal: null });
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
    if (method !== 'POST') {
      if (hasMalformedJson(request)) return sendError(response, headers.accept, 400, 'BAD_REQUEST', MALFORMED_JSON);
      return answer(request, response);
    }
    const isSignedIn = async () => (await identify(accounts, headers.authorization)).session !== null;
    const body = await readBody(request, isSignedIn);
    if (body === 'gone') return void response.destroy();
    if (body === 'too large') return sendTooLarge(response, headers.accept);
    await answer(withBody(request, body), response);
  };
}

/** Yoga takes a body that was read from `request.body`. It lists the keys of an object there: of a long buffer, each byte. */
function withBody(request: IncomingMessage, body: Buffer): IncomingMessage {
  return Object.assign(request, { body: body.length > LONG_BODY_BYTES ? Readable.from([body]) : body });
}

function sendTooLarge(response: ServerResponse, accept: string | undefined): void {
  const { maxAnonymousBodyBytes, maxBodyBytes } = requestBudget;
  const message = `The request body is too large: at most ${maxBodyBytes} bytes are allowed, ${maxAnonymousBodyBytes} without a session.`;
  sendError(response, accept, 413, 'REQUEST_ENTITY_TOO_LARGE', message);
}

/** As Yoga answers it. */
function sendError(response: ServerResponse, accept = '', status: number, code: string, message: string): void {
  const errors = [{ message, extensions: { code } }];
  const type = accept.includes('application/graphql-response+json') ? 'graphql-response+json' : 'json';
  send(response, status, JSON.stringify({ errors }), { 'content-type': `application/${type}; charset=utf-8` });
}

/** What Yoga's parser of addresses would throw at, as an error of its own. */
function hasMalformedJson({ url = '' }: IncomingMessage): boolean {
  const parameters = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');
  return ['variables', 'extensions'].some((name) => {
    try {
      JSON.parse(parameters.get(name) || 'null');
      return false;
    } catch {
      return true;
    }
  });
}

/** Types that a form or a page elsewhere can send without asking first are refused, so that none can act for a user. */
function hasJsonBody({ headers }: IncomingMessage): boolean {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  return ['application/json', 'application/graphql+json'].includes(type.trim().toLowerCase());
}
