import {
  type Client,
  cacheExchange,
  createClient,
  fetchExchange,
  makeOperation,
  mapExchange,
  subscriptionExchange,
} from '@urql/preact';
import { fetchOrTake } from './early-answers.js';
import { earlyExchange } from './early-exchange.js';
import { toApiError } from './error.js';
import { session } from './session.js';
import type { Socket } from './socket.js';

/** Creates the GraphQL client of one session. Queries return cached data first, then the server's. */
export function createApiClient(socket: Socket): Client {
  return createClient({
    url: '/graphql',
    fetch: fetchOrTake,
    preferGetMethod: false,
    requestPolicy: 'cache-and-network',
    exchanges: [
      mapExchange({
        onOperation: (operation) => {
          const token = session.get()?.token;
          const fetchOptions = { headers: { authorization: `Bearer ${token ?? ''}` } };
          return makeOperation(operation.kind, operation, { ...operation.context, fetchOptions, token });
        },
        onError: (error, { context }) => {
          if (toApiError(error).code === 'UNAUTHENTICATED' && context.token) session.reject(context.token as string);
        },
      }),
      cacheExchange,
      earlyExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.follow({ query: query ?? '', variables: { ...variables } }, (result) =>
              sink.next(result),
            ),
          }),
        }),
      }),
    ],
  });
}
