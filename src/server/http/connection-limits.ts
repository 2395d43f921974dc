import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { addressKey } from '../../accounts/caller.js';
import { createFairLimit } from '../../core/fair-limit.js';
import { requestBudget } from '../../graphql/limits/request-budget.js';

const MAX_INCOMPLETE = 5_000;
const MAX_INCOMPLETE_PER_ADDRESS = 1_000;
const LINGER_MS = 2_000;

export interface IncompleteRequestsOptions {
  /** Default 5,000. */
  readonly max?: number;
  /** Default 1,000. */
  readonly maxPerAddress?: number;
}

/**
 * Limits the TCP connections without a complete request (no request yet, or part of its body), in total and per address, so
 * that no client uses up all connections or the memory of the process. Connections over the limit are destroyed; Node
 * destroys the others after `headersTimeout` or `requestTimeout`.
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

/** Connections with requests in progress, and the responses of these requests. */
export type PendingResponses = ReadonlyMap<Socket, ReadonlySet<ServerResponse>>;

/**
 * Tracks requests until their response is complete or their connection is closed. Destroys a connection with more than
 * `maxPipelinedRequests` of them: clients may send requests without reading responses (HTTP pipelining).
 * @param onIdle called when a connection has no request in progress any more
 */
export function trackResponses(server: Server, onIdle: () => void): PendingResponses {
  const pending = new Map<Socket, Set<ServerResponse>>();
  const forget = (socket: Socket) => {
    if (pending.delete(socket)) onIdle();
  };
  // Of several responses on a closed connection, Node closes only the first.
  server.on('connection', (socket) => socket.once('close', () => forget(socket)));
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    if (socket.destroyed) return;
    const responses = pending.get(socket) ?? new Set();
    pending.set(socket, responses.add(response));
    if (responses.size > requestBudget.maxPipelinedRequests) return void socket.destroy();
    response.once('close', () => {
      responses.delete(response);
      if (responses.size === 0) forget(socket);
    });
  });
  return pending;
}

/** Time-outs of single connections, in place of the server's. */
const writeTimeouts = new WeakMap<Socket, number>();

/** Lets a client pause for this long, until the response is closed. */
export function allowWriteTime(socket: Socket, response: ServerResponse, timeoutMs: number): void {
  writeTimeouts.set(socket, timeoutMs);
  response.once('close', () => writeTimeouts.delete(socket));
}

/** Disconnects clients that read nothing of a response for `timeoutMs`, or up to `timeoutMs` longer. */
export function limitWriteTime(
  server: Server,
  pending: PendingResponses,
  timeoutMs: number = requestBudget.writeTimeoutMs,
): void {
  /** Write states at the last check, and for how long each has been the same. */
  let before = new Map<Socket, { readonly state: string; readonly ms: number }>();
  const timer = setInterval(() => {
    const now = new Map<Socket, { readonly state: string; readonly ms: number }>();
    for (const socket of pending.keys()) {
      const state = writeState(socket);
      if (state === null) continue;
      const last = before.get(socket);
      const ms = last?.state === state ? last.ms + timeoutMs : 0;
      if (ms >= (writeTimeouts.get(socket) ?? timeoutMs)) socket.resetAndDestroy();
      else now.set(socket, { state, ms });
    }
    before = now;
  }, timeoutMs);
  timer.unref();
  server.once('close', () => clearInterval(timer));
}

/** Returns a text that changes when the client reads; null if nothing is unsent. (Node's `timeout` counts what it sends, too.) */
function writeState(socket: Socket): string | null {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly writeQueueSize?: number } | null };
  // The progress of one large write shows in libuv's queue only.
  const queued = handle?.writeQueueSize ?? 0;
  if (socket.writableLength === 0 && queued === 0) return null;
  return `${socket.bytesWritten} ${socket.writableLength} ${queued}`;
}

/**
 * Limits what is read of a request's body after the response: Node would read all of it. Most responses close the
 * connection (respond.ts); after the others, such as to a GET with a body, `maxDiscardedBytes` are read.
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

/** Whether part of the request's body has not been received. */
export function isUnread(request: IncomingMessage): boolean {
  return hasBody(request) && !request.complete;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
