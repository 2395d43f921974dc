import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

/** A GraphQL client: HTTP for queries and mutations, WebSocket for subscriptions. */
export interface ApiClient {
  /** @throws {Error} with the message and code of the first error */
  request<Data>(document: string, variables?: Record<string, unknown>): Promise<Data>;
  subscribe<Data>(document: string, variables?: Record<string, unknown>): AsyncIterable<Data>;
  /** Sends the token with all later requests. */
  signIn(token: string): void;
}

interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

export function createApiClient(url: string): ApiClient {
  let authorization: string | undefined;
  return {
    signIn: (token) => {
      authorization = `Bearer ${token}`;
    },
    request: async <Data>(query: string, variables: Record<string, unknown> = {}) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
        body: JSON.stringify({ query, variables }),
      });
      return dataOf((await response.json()) as Answer<Data>);
    },
    subscribe: async function* <Data>(query: string, variables: Record<string, unknown> = {}) {
      const socket = createClient({
        url: `${url.replace(/^http/, 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: authorization ? { authorization } : {},
      });
      try {
        for await (const answer of socket.iterate({ query, variables })) yield dataOf<Data>(answer as Answer<Data>);
      } finally {
        await socket.dispose();
      }
    },
  };
}

function dataOf<Data>({ data, errors }: Answer<Data>): Data {
  const [error] = errors ?? [];
  if (error) throw new Error(`${error.message} (${error.extensions?.code ?? 'no code'})`);
  if (!data) throw new Error('The server answered without data.');
  return data;
}
