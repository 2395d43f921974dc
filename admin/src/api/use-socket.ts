import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Socket, SocketState } from './socket.js';
import { useStore } from './use-store.js';

const Context = createContext<Socket | null>(null);

export const SocketProvider = Context.Provider;

function useSocket(): Socket {
  const socket = useContext(Context);
  if (!socket) throw new Error('There is no SocketProvider above this component.');
  return socket;
}

export function useSocketState(): SocketState {
  const { subscribe, state } = useSocket();
  return useStore(subscribe, state);
}

/** Returns how often the socket has reconnected after it was lost. */
export function useReconnects(): number {
  const { subscribe, reconnects } = useSocket();
  return useStore(subscribe, reconnects);
}
