import { type Client, cacheExchange, createClient, fetchExchange, mapExchange, subscriptionExchange } from 'urql';
import { problemOf } from './problems.js';
import { session } from './session.js';
import type { Socket } from './socket.js';

/** The GraphQL client of one session. Queries show what is known, then what the server says now. */
export function createApiClient(socket: Socket): Client {
  const key = session.get()?.key;
  return createClient({
    url: '/graphql',
    preferGetMethod: false,
    requestPolicy: 'cache-and-network',
    fetchOptions: () => ({ headers: { authorization: `Bearer ${session.get()?.token ?? ''}` } }),
    exchanges: [
      mapExchange({
        onError: (error) => {
          // Not when somebody else's session, or a newer one of one's own, is the present one by now.
          if (problemOf(error).code === 'UNAUTHENTICATED' && session.get()?.key === key) session.end();
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
