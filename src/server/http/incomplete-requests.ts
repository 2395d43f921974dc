import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { addressKey } from '../../accounts/address.js';
import { createFairLimit } from '../../core/fair-limit.js';
import { isUnread } from './unread-bodies.js';

const MAX_INCOMPLETE = 5_000;
const MAX_INCOMPLETE_PER_ADDRESS = 1_000;

export interface IncompleteRequestsOptions {
  /** Default 5,000. */
  readonly max?: number;
  /** Default 1,000. */
  readonly maxPerAddress?: number;
}

/**
 * Bounds the TCP connections that have sent no request yet, or only a part of its body, in all and per address, so that
 * nobody takes all that the process may have open, or its memory. What is over the limit is destroyed. (Node destroys each
 * of them after `headersTimeout` or `requestTimeout`.)
 */
export function limitIncompleteRequests(server: Server, options: IncompleteRequestsOptions = {}): void {
  const { max = MAX_INCOMPLETE, maxPerAddress = Math.min(max, MAX_INCOMPLETE_PER_ADDRESS) } = options;
  const incomplete = createFairLimit<Socket>({ max, maxPerKey: maxPerAddress, evict: (socket) => socket.destroy() });
  const enter = (socket: Socket) => {
    if (!incomplete.enter(socket, addressKey(socket.remoteAddress ?? ''))) socket.destroy();
  };
  server.on('connection', (socket) => {
    enter(socket);
    socket.once('close', () => incomplete.leave(socket));
  });
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    incomplete.leave(socket);
    if (!isUnread(request) || socket.destroyed) return;
    enter(socket);
    const leave = () => incomplete.leave(socket);
    request.once('end', leave);
    response.once('close', leave);
  });
  server.prependListener('upgrade', ({ socket }) => incomplete.leave(socket));
}
