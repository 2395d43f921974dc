import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { requestBudget } from '../graphql/request-budget.js';

/** Cuts off clients that take nothing of their answer for so long, or twice as long at most. */
export function cutUnreadAnswers(server: Server, timeoutMs: number = requestBudget.writeTimeoutMs): void {
  /** Sockets with an answer on its way, and what of it was sent at the last check. */
  const answering = new Map<Socket, string | null>();
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    answering.set(socket, null);
    response.once('close', () => answering.delete(socket));
  });
  const timer = setInterval(() => {
    for (const [socket, before] of answering) {
      const sent = unsentState(socket);
      if (sent !== null && sent === before) socket.destroy();
      else answering.set(socket, sent);
    }
  }, timeoutMs);
  timer.unref();
  server.once('close', () => clearInterval(timer));
}

/** Changes while the client takes something; null while nothing waits for it. Node's own time-out counts what the client sends, too. */
function unsentState(socket: Socket): string | null {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly writeQueueSize?: number } | null };
  // Of one large write, only libuv's queue shows how far it is.
  const queued = handle?.writeQueueSize ?? 0;
  if (socket.writableLength === 0 && queued === 0) return null;
  return `${socket.bytesWritten} ${socket.writableLength} ${queued}`;
}
