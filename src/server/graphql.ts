import type { GraphQLSchema } from 'graphql';
import { createYoga } from 'graphql-yoga';
import type { Network } from '../config/config.js';
import { noTracer } from '../core/tracer.js';
import { type ApiParts, createContext, type GraphQLContext, type Requester } from '../graphql/context.js';
import { createMaskError, type MaskError } from '../graphql/errors.js';
import { createCallerOf } from './http/caller.js';
import type { Metrics } from './http/metrics.js';
import { useAuthentication } from './plugins/use-authentication.js';
import { useCompression } from './plugins/use-compression.js';
import { useDocumentCache } from './plugins/use-document-cache.js';
import { useOperationBudget } from './plugins/use-operation-budget.js';
import { operationLimitPlugins } from './plugins/use-operation-limits.js';
import { useOperationMetrics } from './plugins/use-operation-metrics.js';
import { useStalledStreams } from './plugins/use-stalled-streams.js';
import { useTracing } from './plugins/use-tracing.js';

export interface GraphQLOptions {
  readonly schema: GraphQLSchema;
  readonly api: ApiParts;
  readonly metrics: Metrics;
  /** Proxies whose X-Forwarded-For is trusted (default: none). */
  readonly trustProxy?: readonly Network[] | undefined;
  /** Time without reading after which a client of server-sent events is disconnected (default: `writeTimeoutMs`). */
  readonly stallMs?: number | undefined;
}

export type GraphQLServer = ReturnType<typeof createGraphQL>;

/** Creates the GraphQL server with its plugins, for both transports: HTTP calls `yoga`, WebSocket `yoga.getEnveloped`. */
export function createGraphQL({ schema, api, metrics, trustProxy, stallMs }: GraphQLOptions) {
  const maskError: MaskError = createMaskError(api.logger);
  const yoga = createYoga<Requester, GraphQLContext>({
    schema,
    context: ({ caller, principal, authError }) => createContext(api, { caller, principal, authError }),
    maskedErrors: { maskError },
    // Bounded in bytes by graphql-endpoint.ts and use-document-cache.ts.
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
      useAuthentication(api.accounts),
      ...operationLimitPlugins(),
      useDocumentCache(),
      useOperationMetrics(metrics),
      useOperationBudget(),
      useStalledStreams(stallMs),
      useCompression(),
      ...(api.tracer === noTracer ? [] : [useTracing(api.tracer)]),
    ],
  });
  const callerOf = createCallerOf({ trustProxy, logger: api.logger });
  return { yoga, maskError, callerOf, accounts: api.accounts };
}
