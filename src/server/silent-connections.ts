import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { addressKey } from '../accounts/address.js';
import { createFairLimit } from '../fair-limit.js';

const MAX_SILENT = 5_000;
const MAX_SILENT_PER_ADDRESS = 1_000;

export interface SilentConnectionsOptions {
  /** Default 5,000. */
  readonly max?: number;
  /** Default 1,000. */
  readonly maxPerAddress?: number;
}

/**
 * Bounds the TCP connections that have sent no request yet, in all and per address, so that nobody takes all that the
 * process may have open. What is over the limit is destroyed. (Node destroys each of them after `headersTimeout`.)
 */
export function limitSilentConnections(server: Server, options: SilentConnectionsOptions = {}): void {
  const { max = MAX_SILENT, maxPerAddress = Math.min(max, MAX_SILENT_PER_ADDRESS) } = options;
  const silent = createFairLimit<Socket>({ max, maxPerKey: maxPerAddress, evict: (socket) => socket.destroy() });
  server.on('connection', (socket) => {
    if (!silent.enter(socket, addressKey(socket.remoteAddress ?? ''))) return void socket.destroy();
    socket.once('close', () => silent.leave(socket));
  });
  server.prependListener('request', ({ socket }) => silent.leave(socket));
  server.prependListener('upgrade', ({ socket }) => silent.leave(socket));
}
