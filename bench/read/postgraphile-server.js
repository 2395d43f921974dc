// The peer of read: PostGraphile 5 as its documentation sets it up for production, on the mirror's tables.
// It needs Node 22, so it can't be a dependency: read.js installs it into a folder for the run.
//   node bench/read/postgraphile-server.js FOLDER postgresql://…
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [, , folder = '', connectionString] = process.argv;
const { resolve } = createRequire(`${folder}/package.json`);
const load = (name) => import(pathToFileURL(resolve(name)).href);
const { postgraphile } = await load('postgraphile');
const { PostGraphileAmberPreset } = await load('postgraphile/presets/amber');
const { makePgService } = await load('postgraphile/adaptors/pg');
const { grafserv } = await load('postgraphile/grafserv/node');

// Prepared statements and caches of documents and plans are on by default.
const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString, schemas: ['public'], poolConfig: { max: 10 } })],
  grafserv: { graphqlPath: '/graphql', graphiql: false, websockets: true, watch: false },
  grafast: { explain: false },
});
const server = createServer();
await instance.createServ(grafserv).addTo(server);
server.listen(0, '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`listens on http://127.0.0.1:${port}`);
});
process.once('SIGTERM', () => process.exit(0));
