import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import { type Client, createClient, type SubscribePayload } from 'graphql-ws';
import { session } from './session.js';

const KEEP_ALIVE_MS = 4_000;
const PONG_TIMEOUT_MS = 3_000;
const RESUBSCRIBE_MS = 3_000;
const CONNECT_TIMEOUT_MS = 8_000;
const MAX_RETRY_MS = 10_000;
/** The server's close code for an invalid or expired token. */
const FORBIDDEN = 4403;

/** `live` only while the server answers pings. */
export type SocketState = 'connecting' | 'live' | 'lost';

type Result = Pick<ExecutionResult, 'data' | 'extensions'> & { readonly errors?: readonly GraphQLFormattedError[] };

export interface Socket {
  readonly client: Client;
  state(): SocketState;
  /** How often it has connected again after it was lost. */
  reconnects(): number;
  /** Subscribes until the returned function is called; resubscribes when the server ends the subscription. */
  follow(payload: SubscribePayload, onResult: (result: Result) => void): () => void;
  subscribe(listener: () => void): () => void;
}

/** Creates one WebSocket for all subscriptions. It reconnects for as long as the page is open. */
export function createSocket(): Socket {
  const listeners = new Set<() => void>();
  let state: SocketState = 'connecting';
  let reconnects = 0;
  let pongTimer: ReturnType<typeof setTimeout> | undefined;
  let connectTimer: ReturnType<typeof setTimeout> | undefined;
  let token: string | undefined;
  const setState = (next: SocketState) => {
    if (next === state) return;
    state = next;
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
    retryWait: (retries) => retryAfter(Math.min(500 * 2 ** retries, MAX_RETRY_MS)),
    on: {
      // Browsers wait minutes for a connection attempt that gets no answer.
      connecting: () => {
        clearTimeout(connectTimer);
        connectTimer = setTimeout(() => client.terminate(), CONNECT_TIMEOUT_MS);
      },
      connected: () => {
        clearTimeout(connectTimer);
        if (state === 'lost') reconnects += 1;
        setState('live');
      },
      closed: (event) => {
        clearTimeout(connectTimer);
        clearTimeout(pongTimer);
        setState('lost');
        // If another tab has stored a newer token, the socket reconnects with it.
        if ((event as CloseEvent).code === FORBIDDEN && token) session.reject(token);
      },
      // A dead connection may close without an event; a missing pong reveals it.
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
    client: {
      ...client,
      // It waits for an attempt to connect, and rejects when that fails.
      dispose: async () => {
        await Promise.resolve(client.dispose()).catch(() => {});
      },
    },
    state: () => state,
    reconnects: () => reconnects,
    follow: (payload, onResult) => follow(client, payload, onResult),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** graphql-ws gives up on some close codes (1011: authentication failed on the server) and on a subscription's error. */
function follow(client: Client, payload: SubscribePayload, onResult: (result: Result) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop = () => {};
  let stopped = false;
  const resubscribe = () => {
    if (!stopped) timer = setTimeout(start, RESUBSCRIBE_MS);
  };
  const start = () => {
    stop = client.subscribe(payload, {
      next: onResult,
      error: (error) => {
        if (Array.isArray(error)) onResult({ errors: error });
        resubscribe();
      },
      complete: resubscribe,
    });
  };
  start();
  return () => {
    stopped = true;
    clearTimeout(timer);
    stop();
  };
}

/** Resolves after `ms`, or when the browser reports that it is online. */
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
