import {
  type Client,
  cacheExchange,
  createClient,
  fetchExchange,
  makeOperation,
  mapExchange,
  subscriptionExchange,
} from 'urql';
import { problemOf } from './problems.js';
import { session } from './session.js';
import type { Socket } from './socket.js';

/** The GraphQL client of one session. Queries show what is known, then what the server says now. */
export function createApiClient(socket: Socket): Client {
  return createClient({
    url: '/graphql',
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
          if (problemOf(error).code === 'UNAUTHENTICATED' && context.token) session.refuse(context.token as string);
        },
      }),
      cacheExchange,
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
