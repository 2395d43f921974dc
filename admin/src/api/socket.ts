import { type Client, createClient } from 'graphql-ws';
import { useSyncExternalStore } from 'react';
import { session } from './session.js';

const KEEP_ALIVE_MS = 4_000;
const PONG_TIMEOUT_MS = 3_000;
const LONGEST_RETRY_MS = 10_000;

/** Whether what comes over the socket is live: `live` only while the server answers. */
export type SocketState = 'connecting' | 'live' | 'lost';

export interface Socket {
  readonly client: Client;
  state(): SocketState;
  subscribe(listener: () => void): () => void;
}

/** One WebSocket for all subscriptions, that comes back by itself for as long as the page is open. */
export function createSocket(): Socket {
  const listeners = new Set<() => void>();
  let state: SocketState = 'connecting';
  let pongTimer: ReturnType<typeof setTimeout> | undefined;
  const change = (to: SocketState) => {
    if (to === state) return;
    state = to;
    for (const listener of listeners) listener();
  };
  const client: Client = createClient({
    url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
    connectionParams: () => ({ authorization: `Bearer ${session.get()?.token ?? ''}` }),
    keepAlive: KEEP_ALIVE_MS,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => session.get() !== null,
    retryWait: (retries) => retryAfter(Math.min(500 * 2 ** retries, LONGEST_RETRY_MS)),
    on: {
      connected: () => change('live'),
      closed: () => {
        clearTimeout(pongTimer);
        change('lost');
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
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Kept up to date. */
export const useSocketState = (socket: Socket) => useSyncExternalStore(socket.subscribe, socket.state);

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
