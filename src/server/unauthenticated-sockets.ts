import type { WebSocket } from 'ws';
import { type Clock, systemClock } from '../clock.js';

const STAY_MS = 60_000;
const MOST = 200;
const MOST_ARRIVING = 5_000;

export interface StrangersOptions {
  readonly clock?: Clock;
  /** How many may be there at once (default 200). */
  readonly most?: number;
  /** How many may be there at once that have not said yet who they are (default 5,000). */
  readonly mostArriving?: number;
}

/**
 * WebSockets that nobody has signed in on: they have little to ask for, so they are few, and none stays for long. Those
 * that have just been opened, and have a few seconds to say who they are, are counted apart: a crowd that comes back at
 * once, after a restart of the server, has to be let in.
 */
export interface Strangers {
  /** Takes a socket in that was just opened; false, with the socket closed by 1013, where there are too many. */
  admit(socket: WebSocket): boolean;
  /**
   * Nobody signs in on it: closes it with 4403 after a minute, or after the next one while `isBusy` says that an operation
   * is under way. False, with the socket closed by 1013, where there are too many.
   */
  limitStay(socket: WebSocket, isBusy: () => boolean): boolean;
  /** Somebody has signed in on it: a stranger no more. */
  signedIn(socket: WebSocket): void;
}

export function createStrangers(options: StrangersOptions = {}): Strangers {
  const { clock = systemClock, most = MOST, mostArriving = MOST_ARRIVING } = options;
  const arriving = new Set<WebSocket>();
  const staying = new Set<WebSocket>();
  return {
    admit: (socket) => {
      if (arriving.size >= mostArriving) {
        socket.on('error', () => socket.terminate());
        return turnAway(socket);
      }
      arriving.add(socket);
      socket.once('close', () => {
        arriving.delete(socket);
        staying.delete(socket);
      });
      return true;
    },
    limitStay: (socket, isBusy) => {
      if (socket.readyState === socket.CLOSED) return false;
      if (staying.size >= most) return turnAway(socket);
      arriving.delete(socket);
      staying.add(socket);
      const gone = new AbortController();
      socket.once('close', () => gone.abort());
      const stay = async () => {
        do await clock.sleep(STAY_MS, gone.signal);
        while (isBusy());
        socket.close(4403, 'Sign in, then connect again: connectionParams.authorization = Bearer TOKEN.');
      };
      stay().catch(() => {}); // It left by itself.
      return true;
    },
    signedIn: (socket) => {
      arriving.delete(socket);
    },
  };
}

function turnAway(socket: WebSocket): false {
  socket.close(1013, 'Too many sockets are open that nobody has signed in on. Try again later.');
  return false;
}
