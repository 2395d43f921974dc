import { once } from 'node:events';
import { WebSocketServer } from 'ws';
import { atTheEnd } from '../lib/cleanup.js';

/**
 * The floor: a bare WebSocket server that sends everybody the same text and knows nothing else of the protocol.
 * @param {() => object} present the run as it is now
 */
export async function startBroadcast(present) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const text = () => JSON.stringify({ id: '1', type: 'next', payload: { data: { syncProgress: present() } } });
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      const { type } = JSON.parse(String(data));
      socket.send(type === 'subscribe' ? text() : '{"type":"connection_ack"}');
    });
  });
  const address = server.address();
  return {
    url: `ws://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    send: () => {
      const message = text();
      for (const socket of server.clients) socket.send(message);
    },
    close: atTheEnd(async () => {
      for (const socket of server.clients) socket.terminate();
      server.close();
    }),
  };
}
