import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { requestBudget } from '../../graphql/limits/request-budget.js';
import type { UnansweredRequests } from './unanswered-requests.js';

/** Cuts off clients that take nothing of their answer for so long, or twice as long at most. */
export function cutUnreadAnswers(
  server: Server,
  unanswered: UnansweredRequests,
  timeoutMs: number = requestBudget.writeTimeoutMs,
): void {
  /** What was sent at the last check. */
  let before = new Map<Socket, string>();
  const timer = setInterval(() => {
    const now = new Map<Socket, string>();
    for (const socket of unanswered.keys()) {
      const sent = unsentState(socket);
      if (sent === null) continue;
      if (sent === before.get(socket)) socket.destroy();
      else now.set(socket, sent);
    }
    before = now;
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
