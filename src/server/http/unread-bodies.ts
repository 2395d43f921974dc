import type { IncomingMessage, ServerResponse } from 'node:http';
import { requestBudget } from '../../graphql/limits/request-budget.js';

const LINGER_MS = 2_000;

/**
 * Limits what is read of a request's body after the request was answered: Node would read the rest of it, however long.
 * After most answers the connection is closed (respond.ts); of the others (to a GET with a body) a part is read.
 */
export function limitUnreadBody(request: IncomingMessage, response: ServerResponse): void {
  if (!hasBody(request)) return;
  response.once('finish', () => {
    if (request.complete) return;
    const { socket } = request;
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
    let discarded = 0;
    request.on('data', (chunk: Buffer) => {
      discarded += chunk.length;
      if (discarded > requestBudget.maxDiscardedBytes) socket.destroy();
    });
    request.resume();
  });
}

/** Whether a part of the request's body is still to come. */
export function isUnread(request: IncomingMessage): boolean {
  return hasBody(request) && !request.complete;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
