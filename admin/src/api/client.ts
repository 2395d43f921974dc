import { type Client, cacheExchange, createClient, fetchExchange, mapExchange, subscriptionExchange } from 'urql';
import { problemOf } from './problems.js';
import { session } from './session.js';
import type { Socket } from './socket.js';

/** The GraphQL client of one session. Queries show what is known, then what the server says now. */
export function createApiClient(socket: Socket): Client {
  return createClient({
    url: '/graphql',
    preferGetMethod: false,
    requestPolicy: 'cache-and-network',
    fetchOptions: () => ({ headers: { authorization: `Bearer ${session.get()?.token ?? ''}` } }),
    exchanges: [
      mapExchange({
        onError: (error) => {
          if (problemOf(error).code === 'UNAUTHENTICATED' && session.get()) session.end();
        },
      }),
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.client.subscribe({ query: query ?? '', variables: { ...variables } }, sink),
          }),
        }),
      }),
    ],
  });
}
