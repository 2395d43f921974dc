import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { requestBudget } from '../../graphql/limits/request-budget.js';

/** Each connection with requests that are not answered in full, and their responses. */
export type UnansweredRequests = ReadonlyMap<Socket, ReadonlySet<ServerResponse>>;

/**
 * Keeps a server's requests until they are answered or their connection is closed, and destroys a connection with too many
 * of them: clients may send requests without reading the answers (HTTP pipelining).
 * @param onAnswered called when all requests of a connection are answered, or it is closed
 */
export function trackUnansweredRequests(server: Server, onAnswered: () => void): UnansweredRequests {
  const unanswered = new Map<Socket, Set<ServerResponse>>();
  const forget = (socket: Socket) => {
    if (unanswered.delete(socket)) onAnswered();
  };
  // Of several responses on a connection that is closed, Node closes the first one only.
  server.on('connection', (socket) => socket.once('close', () => forget(socket)));
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    if (socket.destroyed) return;
    const responses = unanswered.get(socket) ?? new Set();
    unanswered.set(socket, responses.add(response));
    if (responses.size > requestBudget.maxPipelinedRequests) return void socket.destroy();
    response.once('close', () => {
      responses.delete(response);
      if (responses.size === 0) forget(socket);
    });
  });
  return unanswered;
}
