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
  /** Sockets that have sent `connection_init` without a token, at once (default 200; a quarter of it per address). */
  readonly maxConnected?: number;
  readonly maxConnectedPerAddress?: number;
  /** Sockets that have not sent `connection_init` yet, at once (default 5,000; a fifth of it per address). */
  readonly maxArriving?: number;
  readonly maxArrivingPerAddress?: number;
}

/**
 * Bounds the WebSockets on which nobody has signed in, in number and lifetime. Sockets that were just opened, and have a
 * few seconds to send `connection_init`, are counted apart: after a restart of the server all clients come back at once.
 * Both limits are shared fairly between addresses, so that one address can't keep others out.
 */
export interface UnauthenticatedSockets {
  /**
   * Counts a socket that was just opened.
   * @param address what limits count by (`addressKey`)
   * @returns false if there are too many; the socket is then closed with 1013
   */
  admit(socket: WebSocket, address: string): boolean;
  /**
   * Nobody signed in on this socket: closes it with 4403 after a minute, then each minute that `isBusy` reports no
   * operation under way.
   * @returns false if there are too many; the socket is then closed with 1013
   */
  limitLifetime(socket: WebSocket, isBusy: () => boolean): boolean;
  /** Somebody has signed in on this socket: it is no longer counted. */
  signedIn(socket: WebSocket): void;
}

export function createUnauthenticatedSockets(options: UnauthenticatedSocketsOptions = {}): UnauthenticatedSockets {
  const { clock = systemClock, maxConnected = MAX_CONNECTED, maxArriving = MAX_ARRIVING } = options;
  const { maxConnectedPerAddress = Math.min(maxConnected, MAX_CONNECTED_PER_ADDRESS) } = options;
  const { maxArrivingPerAddress = Math.min(maxArriving, MAX_ARRIVING_PER_ADDRESS) } = options;
  // A socket that is closed waits for its client's answer; one that is terminated is gone at once.
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
        socket.close(4403, 'Sign in, then connect again: connectionParams.authorization = Bearer TOKEN.');
      };
      expire().catch(() => {}); // Its client closed it before.
      return true;
    },
    signedIn: (socket) => arriving.leave(socket),
  };
}

function reject(socket: WebSocket): false {
  socket.close(1013, 'Too many sockets are open that nobody has signed in on. Try again later.');
  return false;
}
