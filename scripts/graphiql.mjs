// Renders GraphiQL, one page with all of its code, into a folder:   node scripts/graphiql.mjs dist/graphiql
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';

const defaultQuery = `# Run one of the two with the play button, then enter its token under "Headers" as
# {"authorization": "Bearer TOKEN"}

# First start: creates the owner. The password needs at least 12 characters.
mutation Register {
  register(email: "", password: "") {
    token
    expiresAt
  }
}

# Later: a token is valid for one hour.
mutation SignIn {
  login(email: "", password: "") {
    token
    expiresAt
  }
}
`;
const [folder] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
// Server-sent events carry the token of the headers tab; GraphiQL's WebSocket does not.
const page = renderGraphiQL({ title: 'Ordermirror GraphiQL', subscriptionsProtocol: 'SSE', defaultQuery });
writeFileSync(join(folder, 'index.html'), page);
