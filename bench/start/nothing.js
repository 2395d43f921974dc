// How long Node itself takes to listen.
import { createServer } from 'node:http';

const server = createServer().listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(`listens on http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
});
process.once('SIGTERM', () => server.close());
