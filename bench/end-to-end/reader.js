// Reads all that a simulated Amazon has, once for each request, and answers when it is done.
//   node bench/end-to-end/reader.js http://simulator
import { once } from 'node:events';
import { createServer } from 'node:http';
import { readAll, spApiOf } from './reading.js';

/** @type {Map<string, import('../../src/spapi/http/usage-plan.js').Bucket>} */
const buckets = new Map();
const plenty = { rate: 10_000, burst: 1_000_000, tokens: 1_000_000, updatedAt: Date.now() };
const spapi = spApiOf(process.argv[2] ?? '', {
  async update(operation, change) {
    const { bucket, result } = change(buckets.get(operation) ?? plenty);
    buckets.set(operation, bucket);
    return result;
  },
});

const server = createServer((_request, response) => {
  readAll(spapi.orders).then(
    ({ length }) => response.end(`${length} pages`),
    (error) => response.writeHead(500).end(String(error)),
  );
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = /** @type {import('node:net').AddressInfo} */ (server.address());
console.log(`listens on http://127.0.0.1:${address.port}`);
process.once('SIGTERM', () => process.exit(0));
