import { gzipSync } from 'node:zlib';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { type Handler, send } from './respond.js';

/** GraphiQL is one page with all of its code inside: nothing comes from another host, and nothing else may run. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline' blob:; worker-src blob:; style-src 'unsafe-inline'; font-src data:; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const FIRST_QUERY = `# Sign in first: press the play button, then put the token under "Headers" as
# {"authorization": "Bearer TOKEN"}
mutation SignIn {
  login(email: "", password: "") {
    token
    expiresAt
  }
}
`;

/** The page is made when it is first asked for, for it is large. */
export function createGraphiQL(): Handler {
  let page: Buffer | undefined;
  return (_request, response) => {
    page ??= gzipSync(
      // Server-sent events carry the headers tab's token; GraphiQL's WebSocket would not.
      renderGraphiQL({ title: 'Ordermirror GraphiQL', subscriptionsProtocol: 'SSE', defaultQuery: FIRST_QUERY }),
    );
    send(response, 200, page, {
      'content-type': 'text/html; charset=utf-8',
      'content-encoding': 'gzip',
      'content-security-policy': POLICY,
    });
  };
}
