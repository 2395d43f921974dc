// A receiver of webhooks that answers 204 at once. GET returns how many requests it has had, as soon as it has as many as the
// path says: /5000.   node bench/watch/webhook-receiver.js
import { createServer } from 'node:http';

let received = 0;
/** @type {{ count: number, done: () => void } | null} */
let waiting = null;
const server = createServer((request, response) => {
  request.resume();
  if (request.method === 'GET') {
    const count = Number(request.url?.slice(1));
    const done = () => response.end(String(received));
    if (received >= count) return done();
    waiting = { count, done };
    return;
  }
  request.once('end', () => {
    response.writeHead(204).end();
    received += 1;
    if (waiting && received >= waiting.count) waiting.done();
  });
});
server.listen(0, '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`listens on http://127.0.0.1:${port}`);
});
process.once('SIGTERM', () => process.exit(0));
