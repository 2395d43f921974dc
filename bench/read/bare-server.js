// The floor and a peer of the read benchmark: a bare HTTP server that gives the page's JSON, and can do nothing else.
//   node bench/read/bare-server.js flat-join|prisma '<DatabaseConfig as JSON>'
import { createServer } from 'node:http';
import { answerByFlatJoin } from './flat-join.js';

const [, , how, config] = process.argv;
const { answer, close } =
  how === 'prisma'
    ? await (await import('./prisma-page.js')).answerByPrisma(JSON.parse(config ?? ''))
    : await answerByFlatJoin(JSON.parse(config ?? ''));

const server = createServer((request, response) => {
  request.resume().once('end', () => {
    answer().then(
      (page) => {
        const body = JSON.stringify({ data: { orders: page } });
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
        response.end(body);
      },
      (error) => {
        console.error(error);
        response.writeHead(500).end();
      },
    );
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(`listens on http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
});
process.once('SIGTERM', () => {
  server.close(() => void close());
  server.closeAllConnections();
});
