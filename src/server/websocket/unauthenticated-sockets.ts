import type { WebSocket } from 'ws';
import { type Clock, systemClock } from '../../core/clock.js';
import { createFairLimit } from '../../core/fair-limit.js';

const LIFETIME_MS = 60_000;
const MAX_CONNECTED = 200;
const MAX_CONNECTED_PER_ADDRESS = 50;
const MAX_ARRIVING = 5_000;
const MAX_ARRIVING_PER_ADDRESS = 1_000;

export interface UnauthenticatedSocketsOptions {
  readonly clock?: Clock;
  /** Maximum of sockets that have sent `connection_init` without a token (default 200, 50 per address). */
  readonly maxConnected?: number;
  readonly maxConnectedPerAddress?: number;
  /** Maximum of sockets that have not sent `connection_init` (default 5,000, 1,000 per address). */
  readonly maxArriving?: number;
  readonly maxArrivingPerAddress?: number;
}

/**
 * Limits the number and lifetime of WebSockets without a session. New sockets, which have a few seconds to send
 * `connection_init`, are counted separately: after a restart of the server all clients reconnect at once. Both limits are
 * shared fairly between addresses, so that no address can lock out others.
 */
export interface UnauthenticatedSockets {
  /**
   * Counts a new socket.
   * @param address key of the limit per address (`addressKey`)
   * @returns false if there are too many; the socket is then closed with 1013
   */
  admit(socket: WebSocket, address: string): boolean;
  /**
   * Limits the lifetime of a socket that sent `connection_init` without a token: closes it with 4403 after a minute, or at
   * the end of the first minute after that in which `isBusy` returns false.
   * @returns false if there are too many; the socket is then closed with 1013
   */
  limitLifetime(socket: WebSocket, isBusy: () => boolean): boolean;
  /** Stops counting a socket that has a session. */
  authenticated(socket: WebSocket): void;
}

export function createUnauthenticatedSockets(options: UnauthenticatedSocketsOptions = {}): UnauthenticatedSockets {
  const { clock = systemClock, maxConnected = MAX_CONNECTED, maxArriving = MAX_ARRIVING } = options;
  const { maxConnectedPerAddress = Math.min(maxConnected, MAX_CONNECTED_PER_ADDRESS) } = options;
  const { maxArrivingPerAddress = Math.min(maxArriving, MAX_ARRIVING_PER_ADDRESS) } = options;
  // `close` waits for the client's answer, `terminate` does not.
  const evict = (socket: WebSocket) => socket.terminate();
  const arriving = createFairLimit<WebSocket>({ max: maxArriving, maxPerKey: maxArrivingPerAddress, evict });
  const connected = createFairLimit<WebSocket>({ max: maxConnected, maxPerKey: maxConnectedPerAddress, evict });
  const addresses = new WeakMap<WebSocket, string>();
  return {
    admit: (socket, address) => {
      if (!arriving.enter(socket, address)) {
        socket.on('error', () => socket.terminate());
        return reject(socket);
      }
      addresses.set(socket, address);
      socket.once('close', () => {
        arriving.leave(socket);
        connected.leave(socket);
      });
      return true;
    },
    limitLifetime: (socket, isBusy) => {
      if (socket.readyState === socket.CLOSED) return false;
      if (!connected.enter(socket, addresses.get(socket) ?? '')) return reject(socket);
      arriving.leave(socket);
      const closed = new AbortController();
      socket.once('close', () => closed.abort());
      const expire = async () => {
        do await clock.sleep(LIFETIME_MS, closed.signal);
        while (isBusy());
        socket.close(4403, 'Sign in and reconnect with connectionParams.authorization = Bearer TOKEN.');
      };
      expire().catch(() => {}); // Aborted: the socket was closed.
      return true;
    },
    authenticated: (socket) => arriving.leave(socket),
  };
}

function reject(socket: WebSocket): false {
  socket.close(1013, 'Too many sockets without a session are open. Try again later.');
  return false;
}
