import type { WebSocket } from 'ws';
import { type Clock, systemClock } from '../clock.js';

const STAY_MS = 60_000;
const MOST = 200;

export interface StrangersOptions {
  readonly clock?: Clock;
  /** How many may be there at once. */
  readonly most?: number;
}

/** WebSockets that nobody has signed in on: they have little to ask for, so they are few, and none stays for long. */
export interface Strangers {
  /** Takes a socket in that was just opened; false, with the socket closed by 1013, where there are too many. */
  admit(socket: WebSocket): boolean;
  /** Closes it with 4403 after a minute, or after the next one while `isBusy` says that an operation is under way. */
  limitStay(socket: WebSocket, isBusy: () => boolean): void;
  /** Somebody has signed in on it: a stranger no more. */
  signedIn(socket: WebSocket): void;
}

export function createStrangers({ clock = systemClock, most = MOST }: StrangersOptions = {}): Strangers {
  const sockets = new Set<WebSocket>();
  return {
    admit: (socket) => {
      if (sockets.size >= most) {
        socket.on('error', () => socket.terminate());
        socket.close(1013, 'Too many sockets are open that nobody has signed in on. Try again later.');
        return false;
      }
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      return true;
    },
    limitStay: (socket, isBusy) => {
      if (socket.readyState === socket.CLOSED) return;
      const gone = new AbortController();
      socket.once('close', () => gone.abort());
      const stay = async () => {
        do await clock.sleep(STAY_MS, gone.signal);
        while (isBusy());
        socket.close(4403, 'Sign in, then connect again: connectionParams.authorization = Bearer TOKEN.');
      };
      stay().catch(() => {}); // It left by itself.
    },
    signedIn: (socket) => {
      sockets.delete(socket);
    },
  };
}
