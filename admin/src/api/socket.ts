import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import { type Client, createClient, type SubscribePayload } from 'graphql-ws';
import { useSyncExternalStore } from 'react';
import { session } from './session.js';

const KEEP_ALIVE_MS = 4_000;
const PONG_TIMEOUT_MS = 3_000;
const BEGIN_AGAIN_MS = 3_000;
const CONNECT_TIMEOUT_MS = 8_000;
const LONGEST_RETRY_MS = 10_000;
/** How the server closes the socket of a token that counts no longer. */
const FORBIDDEN = 4403;

/** Whether what comes over the socket is live: `live` only while the server answers. */
export type SocketState = 'connecting' | 'live' | 'lost';

type Result = Pick<ExecutionResult, 'data' | 'extensions'> & { readonly errors?: readonly GraphQLFormattedError[] };

export interface Socket {
  readonly client: Client;
  state(): SocketState;
  /** Subscribes until the returned function is called: a subscription that the server ends begins again. */
  follow(payload: SubscribePayload, hear: (result: Result) => void): () => void;
  subscribe(listener: () => void): () => void;
}

/** One WebSocket for all subscriptions, that comes back by itself for as long as the page is open. */
export function createSocket(): Socket {
  const listeners = new Set<() => void>();
  let state: SocketState = 'connecting';
  let pongTimer: ReturnType<typeof setTimeout> | undefined;
  let connectTimer: ReturnType<typeof setTimeout> | undefined;
  let token: string | undefined;
  const change = (to: SocketState) => {
    if (to === state) return;
    state = to;
    for (const listener of listeners) listener();
  };
  const client: Client = createClient({
    url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
    connectionParams: () => {
      token = session.get()?.token;
      return { authorization: `Bearer ${token ?? ''}` };
    },
    keepAlive: KEEP_ALIVE_MS,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => session.get() !== null,
    retryWait: (retries) => retryAfter(Math.min(500 * 2 ** retries, LONGEST_RETRY_MS)),
    on: {
      // A browser waits for minutes for the answer to a connection that fell into a silence.
      connecting: () => {
        clearTimeout(connectTimer);
        connectTimer = setTimeout(() => client.terminate(), CONNECT_TIMEOUT_MS);
      },
      connected: () => {
        clearTimeout(connectTimer);
        change('live');
      },
      closed: (event) => {
        clearTimeout(connectTimer);
        clearTimeout(pongTimer);
        change('lost');
        // Where the session has a newer token by now, the socket comes back with that.
        if ((event as CloseEvent).code === FORBIDDEN && token) session.refuse(token);
      },
      // A socket whose other side is gone says nothing: who doesn't answer a ping is gone.
      ping: (received) => {
        if (received) return;
        pongTimer = setTimeout(() => client.terminate(), PONG_TIMEOUT_MS);
      },
      pong: (received) => {
        if (received) clearTimeout(pongTimer);
      },
    },
  });
  return {
    client,
    state: () => state,
    follow: (payload, hear) => follow(client, payload, hear),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Kept up to date. */
export const useSocketState = (socket: Socket) => useSyncExternalStore(socket.subscribe, socket.state);

/** Some closings end a socket's subscriptions for good (1011: the server could not tell who asks), and so does a failure. */
function follow(client: Client, payload: SubscribePayload, hear: (result: Result) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop = () => {};
  let left = false;
  const again = () => {
    if (!left) timer = setTimeout(begin, BEGIN_AGAIN_MS);
  };
  const begin = () => {
    stop = client.subscribe(payload, {
      next: hear,
      error: (error) => {
        if (Array.isArray(error)) hear({ errors: error });
        again();
      },
      complete: again,
    });
  };
  begin();
  return () => {
    left = true;
    clearTimeout(timer);
    stop();
  };
}

/** Waits, or until the browser says that the network is back. */
function retryAfter(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener('online', done);
  });
}
